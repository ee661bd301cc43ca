// What an actor knows of its run: the plan, and how far each step has come.

import type { ErrorObject } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { StepStatus } from "../../core/status.ts";
import type { Plan, PlanStep } from "../definition/plan.ts";
import type { ContextRow, RunRow } from "../store/store.ts";
import type { Attempt } from "./attempt.ts";
import type { Slot } from "./slots.ts";

/** Why a step keeps its run from being idle; `""` when it does not. */
export type Busy = "" | "queued" | "flying" | "backoff" | "child";

/** What a restart must know of a step beyond its columns; stored as JSON. */
export interface StepDetail {
  /** Why it was skipped. */
  reason?: string;
  childId?: string;
  childNo?: number;
  /** It failed by `workflow.fail`: no handler applies. */
  forced?: boolean;
  /** A signal revived it: it runs although the run has another failure. */
  revived?: boolean;
  /** The delay its backoff was set to, in ms. */
  delayMs?: number;
}

export interface StepState {
  readonly plan: PlanStep;
  status: StepStatus;
  attempt: number;
  retries: number;
  startedAt: number | null;
  completedAt: number | null;
  durationMs: number | null;
  outputSeq: number | null;
  output: Json | undefined;
  /** Bytes (UTF-16 units) of the output's JSON text. */
  outputSize: number;
  error: ErrorObject | null;
  dueAt: number | null;
  detail: StepDetail;
  /** Whether what depends on it may go on. */
  settled: boolean;
  busy: Busy;
  attemptInFlight: Attempt | null;
  slot: Slot | null;
  /** Number of the turn that last changed it, so that a turn writes it once. */
  changedIn: number;
}

/** How a run is going to end, once its hook is done. */
export interface Outcome {
  status: "completed" | "failed";
  error?: ErrorObject;
}

/** What a restart must know of a run beyond its columns; stored as JSON. */
export interface Marks {
  /** Steps that wait for `retry` or `skip`. */
  interrupted?: string[];
  /** Suspended by its own timeout: the next resume gets a full budget. */
  timed_out?: boolean;
  /** The outcome while a hook runs. */
  outcome?: Outcome;
}

export interface RunState {
  readonly row: RunRow;
  readonly plan: Plan;
  /** Effective inputs; default values may still hold tokens. */
  readonly inputs: JsonObject;
  readonly steps: StepState[];
  /** Unsettled dependencies of each step. */
  readonly openDependencies: Int32Array;
  /** Steps to start, from `readyHead` on. */
  ready: number[];
  readyHead: number;
  /** Top-level steps that are not settled. */
  unsettled: number;
  /** How many steps are busy, by kind. */
  readonly busy: Record<Exclude<Busy, "">, number>;
  /** Aborted attempts that may still report a late result. */
  lingering: number;
  failure: ErrorObject | null;
  /** Steps whose detail says that a signal revived them. */
  readonly revived: Set<StepState>;
  marks: Marks;
  /** The output of a completed run. */
  output: Json | undefined;
  context: ContextRow | null;
  /** Accumulated context data, parsed. */
  contextData: JsonObject;
}

/** Whether nothing of the run may start: it waits for answers after an interruption or timeout. */
export function isHalted(run: RunState): boolean {
  return run.marks.timed_out === true || (run.marks.interrupted?.length ?? 0) > 0;
}

/** Changes why a step keeps its run busy. */
export function setBusy(run: RunState, step: StepState, busy: Busy): void {
  if (step.busy !== "") run.busy[step.busy]--;
  step.busy = busy;
  if (busy !== "") run.busy[busy]++;
}

export function newStep(plan: PlanStep): StepState {
  return {
    plan,
    status: "pending",
    attempt: 0,
    retries: 0,
    startedAt: null,
    completedAt: null,
    durationMs: null,
    outputSeq: null,
    output: undefined,
    outputSize: 0,
    error: null,
    dueAt: null,
    detail: {},
    settled: false,
    busy: "",
    attemptInFlight: null,
    slot: null,
    changedIn: 0,
  };
}

/** A run as it is before its first turn. */
export function newRun(row: RunRow, plan: Plan, inputs: JsonObject): RunState {
  const openDependencies = new Int32Array(plan.steps.length);
  for (const step of plan.steps) openDependencies[step.index] = step.dependencies.length;
  return {
    row,
    plan,
    inputs,
    steps: plan.steps.map(newStep),
    openDependencies,
    ready: [],
    readyHead: 0,
    unsettled: plan.topLevel,
    busy: { queued: 0, flying: 0, backoff: 0, child: 0 },
    lingering: 0,
    failure: null,
    revived: new Set(),
    marks: {},
    output: undefined,
    context: null,
    contextData: {},
  };
}

/** Effective inputs: definition defaults, then params (right wins), then schema defaults. */
export function effectiveInputs(
  plan: Plan,
  params: JsonObject,
): { inputs: JsonObject; violations: string[] } {
  return plan.checkInputs({ ...plan.inputs, ...params });
}
