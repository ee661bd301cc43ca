// What a CEL expression can see.

import type { Answer } from "../../core/expression.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Limits } from "./budget.ts";

/** One step as expressions see it. */
export interface StepView {
  status: string;
  /** Undefined when the step has none: not finished, skipped, or failed and handled. */
  output: Json | undefined;
  /** The error object of a failed step. */
  error?: JsonObject | undefined;
  /**
   * Given if somebody has passed it over, which no author can have foreseen: the top-level step with
   * which a new run would do it.
   */
  passedOver?: string;
}

/** The loop iteration that surrounds a step. */
export interface LoopView {
  /** Null in while and until loops. */
  item: Json;
  /** 0-based. */
  index: number;
}

/**
 * The variables of an expression, looked up one by one: nothing is built before it is asked for.
 * Values handed out stay the owner's; whoever reads them copies what it passes on.
 */
export interface CelScope {
  /** Any step of the workflow, or undefined when there is no such id; resolves innermost-first. */
  step(id: string): StepView | undefined;
  stepIds(): Iterable<string>;
  /** An effective input, or undefined when there is none of that name. */
  input(name: string): Json | undefined;
  inputNames(): Iterable<string>;
  readonly workflow: JsonObject;
  /** Its members, as they are when they are read. */
  readonly context: JsonObject;
  /** The context as it is now, for who reads it later; absent where it does not change. */
  keptContext?(): JsonObject;
  /** Undefined outside loops. */
  readonly loop?: LoopView | undefined;
  /** What was answered elsewhere for a source that is too much for this thread. */
  answered?(source: string): Answer | undefined;
  /** What an evaluation may spend in this thread, when it is not the usual. */
  readonly limits?: Limits | undefined;
}
