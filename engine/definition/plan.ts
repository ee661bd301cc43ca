// What a run needs of its definition, with everything parsed and counted once.

import type { Action } from "../../actions/action.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelProgram } from "../../embed/cel.ts";
import type { CompiledValue } from "../interpolate/compile.ts";
import type { StepType, WorkflowDefinition } from "./types.ts";

/** Where a step stands in its workflow: only `step`s are scheduled by their dependencies. */
export type StepRole = "step" | "fallback" | "on_complete" | "on_error";

export interface PlanRetry {
  /** Retries after the first attempt. */
  max: number;
  backoff: "none" | "linear" | "exponential" | "constant";
  delayMs: number;
  maxDelayMs: number;
}

export interface PlanStep {
  /** Position in Plan.steps. */
  index: number;
  id: string;
  type: StepType;
  role: StepRole;
  actionName: string;
  /** Undefined when no such action is registered here. */
  action: Action | undefined;
  params: CompiledValue;
  /** Coerces, completes and checks resolved params; throws VALIDATION_ERROR. */
  prepare(params: Json): JsonObject;
  dependencies: number[];
  dependents: number[];
  guard: CelProgram | null;
  guardSource: string | null;
  timeoutMs: number | null;
  retry: PlanRetry | null;
  onError: "ignore" | "fail_workflow" | "fallback_step" | "retry" | null;
  /** Index of the step that on_error falls back to. */
  fallback: number | null;
  /** For a fallback step: the steps that may trigger it. */
  triggers: number[];
  resumeOnInterrupt: boolean;
}

export interface Plan {
  templateName: string;
  templateVersion: number;
  definition: WorkflowDefinition;
  /** Top-level steps in definition order, then the hooks. */
  steps: PlanStep[];
  /** How many of them are top-level. */
  topLevel: number;
  byId: ReadonlyMap<string, PlanStep>;
  roots: number[];
  /** Steps without dependents that are no fallbacks: their outputs are the run's. */
  sinks: number[];
  /** Id of the first step whose type this engine does not run. */
  unsupported: { stepId: string; type: string } | null;
  timeoutMs: number | null;
  onTimeout: "fail" | "suspend" | "cancel";
  onComplete: PlanStep | null;
  onErrorHook: PlanStep | null;
  /** Default inputs, as authored and compiled. */
  inputs: JsonObject;
  compiledInputs: ReadonlyMap<string, CompiledValue>;
  context: JsonObject;
  /** Fills the schema's top-level defaults in and lists what violates it. */
  checkInputs(inputs: JsonObject): { inputs: JsonObject; violations: string[] };
  checkOutput(output: Json): string[];
}
