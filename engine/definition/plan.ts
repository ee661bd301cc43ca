// What a run needs of its definition, with everything parsed and counted once.

import type { SchemaCheck } from "./schemas.ts";
import type { Action } from "../../actions/action.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelProgram } from "../../embed/cel.ts";
import type { CompiledValue } from "../interpolate/compile.ts";
import type { Token } from "../interpolate/parse.ts";
import type { StepType, WorkflowDefinition } from "./types.ts";
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

export interface ConditionPlan {
  kind: "condition";
  expression: CelProgram;
  branches: ReadonlyMap<string, PlanList>;
  /** Null also when it is empty. */
  otherwise: PlanList | null;
}

/** Where a for_each gets its list from. */
export type OverPlan =
  /** `source`: its text, if it has tokens. */
  | { kind: "value"; value: CompiledValue; source: string | null }
  | { kind: "cel" | "jq"; program: Pick<CelProgram, "source" | "evaluate"> };

export interface LoopPlan {
  kind: "loop";
  mode: "for_each" | "while" | "until";
  over: OverPlan | null;
  condition: CelProgram | null;
  body: PlanList;
  /** Infinity for none. */
  maxIterations: number;
  /** Whether the step fails when that many were not enough. */
  failOnExhausted: boolean;
  /** Iterations that may be open at once. */
  concurrency: number;
}

export interface ParallelPlan {
  kind: "parallel";
  mode: "all" | "race";
  branches: readonly PlanList[];
}

export interface WaitPlan {
  kind: "wait";
  duration: CompiledValue | null;
  signal: CompiledValue | null;
  /** Whether it takes what came since the run began. */
  keeps: boolean;
}

/** One member of a decision's data: a template, or a program whose text stands if it fails. */
export type InjectPlan =
  | { kind: "value"; value: CompiledValue }
  | { kind: "attempt"; text: string; token: Token };

export interface ReasoningPlan {
  kind: "reasoning";
  prompt: CompiledValue | null;
  options: readonly { id: string; description: CompiledValue | null }[];
  data: readonly (readonly [name: string, value: InjectPlan])[];
  timeoutMs: number | null;
  fallback: string | null;
  targetAgent: CompiledValue | null;
}

export type FlowPlan = ConditionPlan | LoopPlan | ParallelPlan | WaitPlan | ReasoningPlan;

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
  type: StepType;
  role: StepRole;
  actionName: string;
  /** Undefined when no such action is registered here, and for steps of other types. */
  action: Action | undefined;
  /** What a step of another type than `action` does. */
  flow: FlowPlan | null;
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
  /** What of the filled inputs violates the schema; null without one. */
  checkInputs: SchemaCheck | null;
  checkOutput: SchemaCheck | null;
}
