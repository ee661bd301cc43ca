// What a run needs of its definition, with everything parsed and counted once.

import type { Notify } from "../callbacks/trigger.ts";
import type { SchemaCheck } from "./schemas.ts";
import type { Action } from "../../actions/action.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelProgram } from "../../embed/cel.ts";
import type { CompiledValue } from "../interpolate/compile.ts";
import type { ChildList } from "./child-list.ts";
import type { WorkflowDefinition } from "./types.ts";
import type { UnknownParam } from "./unknown-params.ts";

/** Where a step stands in its workflow: only `step`s are scheduled by their dependencies. */
export type StepRole = "step" | "fallback" | "on_complete" | "on_error";

export interface PlanRetry {
  /** Retries after the first attempt. */
  max: number;
  backoff: "none" | "linear" | "exponential" | "constant";
  delayMs: number;
  maxDelayMs: number;
}

/** Steps that stand together: the graph of a workflow, or one branch or body, run in order. */
export interface PlanList {
  readonly steps: readonly PlanStep[];
  readonly byId: ReadonlyMap<string, PlanStep>;
}

/** A list inside another step, as the definition has it. */
export interface ChildListPlan extends Pick<ChildList, "where" | "namespace" | "repeats"> {
  plan: PlanList;
}

/** Where the step is that another falls back to. */
export interface FallbackPlan {
  /** 0: a sibling; 1: beside the step around it; and so on. */
  outwards: number;
  /** Position in that list. */
  index: number;
}

export interface PlanStep {
  /** Position in its list; for a hook, in Plan.steps. */
  index: number;
  /** As authored, unique among its siblings. */
  id: string;
  /** What it is; null for an action. What a type does is told by `stepTypeOf` (steps/type.ts). */
  type: { readonly name: string } | null;
  role: StepRole;
  actionName: string;
  /** Undefined when no such action is registered here, and for steps of other types. */
  action: Action | undefined;
  /** What its config has become, for its type alone; null for an action. */
  config: object | null;
  /** The lists inside it, in the order of the definition. */
  lists: readonly ChildListPlan[];
  params: CompiledValue;
  /** Coerces, completes and checks resolved params; throws VALIDATION_ERROR. */
  prepare(params: Json): JsonObject;
  /** Of top-level steps: positions in the list. */
  dependencies: number[];
  dependents: number[];
  guard: CelProgram | null;
  guardSource: string | null;
  timeoutMs: number | null;
  retry: PlanRetry | null;
  onError: "ignore" | "fail_workflow" | "fallback_step" | "retry" | null;
  fallback: FallbackPlan | null;
  /** Siblings that this step, or a step inside it, falls back to. */
  calls: number[];
  /** For a fallback step: the siblings that call it, themselves or from inside. */
  callers: number[];
  resumeOnInterrupt: boolean;
}

export interface Plan extends PlanList {
  templateName: string;
  templateVersion: number;
  /** As the author wrote it, but that its defaults stand in the steps that have them. */
  definition: WorkflowDefinition;
  /** Top-level steps in definition order, then the hooks. */
  steps: PlanStep[];
  /** How many of them are top-level. */
  topLevel: number;
  byId: ReadonlyMap<string, PlanStep>;
  roots: number[];
  /** Steps without dependents that are no fallbacks: their outputs are the run's. */
  sinks: number[];
  timeoutMs: number | null;
  onTimeout: "fail" | "suspend" | "cancel";
  onComplete: PlanStep | null;
  onErrorHook: PlanStep | null;
  /** Default inputs, as authored and compiled. */
  inputs: JsonObject;
  compiledInputs: ReadonlyMap<string, CompiledValue>;
  context: JsonObject;
  /** The first of these params that nothing of the template can mean. */
  unknownParam(names: readonly string[]): UnknownParam | undefined;
  /** Fills the input schema's top-level defaults in. */
  fillInputs(inputs: JsonObject): JsonObject;
  /** The inputs that the schema requires and these lack. */
  missingInputs(inputs: JsonObject): string[];
  /** What of the filled inputs violates the schema; null without one. */
  checkInputs: SchemaCheck | null;
  checkOutput: SchemaCheck | null;
  /** Who is told of which events of its runs. */
  notify: Notify | null;
}
