// What a run's events say its state is: the rows must say the same.

import { type ErrorObject, OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json } from "../../core/json.ts";
import type { RunStatus, StepStatus } from "../../core/status.ts";
import type { EventType } from "../../engine/journal/event-types.ts";

export interface FoldEvent {
  seq: number;
  type: EventType;
  stepId: string | null;
  /** JSON text. */
  payload: string | null;
  at: number;
}

export interface FoldedStep {
  status: StepStatus;
  attempt: number;
  retries: number;
  output: Json | undefined;
  error: ErrorObject | null;
  startedAt: number | null;
  completedAt: number | null;
}

export interface FoldedRun {
  status: RunStatus;
  output: Json | undefined;
  error: ErrorObject | null;
  lastSeq: number;
  steps: Map<string, FoldedStep>;
}

/** Folds events in their order. STORE_ERROR when a sequence number is missing. */
export function foldEvents(events: Iterable<FoldEvent>): FoldedRun {
  const run: FoldedRun = {
    status: "pending",
    output: undefined,
    error: null,
    lastSeq: 0,
    steps: new Map(),
  };
  for (const event of events) {
    if (event.seq !== run.lastSeq + 1) {
      throw new OpcodeError("STORE_ERROR", `event ${run.lastSeq + 1} is missing`, {
        details: { expected: run.lastSeq + 1, found: event.seq },
      });
    }
    run.lastSeq = event.seq;
    if (event.type === "signal_received") foldSignal(run, event);
    else if (event.stepId === null) foldRun(run, event);
    else foldStep(run, event.stepId, event);
  }
  return run;
}

/** A signal names the steps it put back to pending, and those whose retry budget it renewed. */
function foldSignal(run: FoldedRun, event: FoldEvent): void {
  const payload = payloadOf<{ reset?: string[]; renewed?: string[] }>(event);
  for (const id of payload.reset ?? []) resetStep(run, id);
  for (const id of payload.renewed ?? []) stepOf(run, id).retries = 0;
}

function resetStep(run: FoldedRun, id: string): void {
  const { attempt } = stepOf(run, id);
  run.steps.set(id, { ...NEW_STEP, attempt });
}

const NEW_STEP: FoldedStep = {
  status: "pending",
  attempt: 0,
  retries: 0,
  output: undefined,
  error: null,
  startedAt: null,
  completedAt: null,
};

function foldRun(run: FoldedRun, event: FoldEvent): void {
  switch (event.type) {
    case "workflow_started":
    case "workflow_resumed":
      run.status = "active";
      run.error = null;
      break;
    case "workflow_suspended":
      run.status = "suspended";
      break;
    case "workflow_completed":
      run.status = "completed";
      run.output = payloadOf<{ output: Json }>(event).output;
      break;
    case "workflow_failed":
      run.status = "failed";
      run.error = payloadOf<{ error: ErrorObject }>(event).error;
      break;
    case "workflow_cancelled":
      run.status = "cancelled";
      run.error = { code: "CANCELLED", message: payloadOf<{ reason: string }>(event).reason };
      break;
  }
}

function foldStep(run: FoldedRun, id: string, event: FoldEvent): void {
  switch (event.type) {
    case "step_started": {
      const step = stepOf(run, id);
      step.status = "running";
      step.attempt = payloadOf<{ attempt: number }>(event).attempt;
      step.startedAt ??= event.at;
      break;
    }
    case "step_completed": {
      const step = stepOf(run, id);
      step.status = "completed";
      step.output = payloadOf<{ output: Json }>(event).output;
      step.error = null;
      step.completedAt = event.at;
      break;
    }
    case "step_failed": {
      const step = stepOf(run, id);
      step.status = "failed";
      step.error = payloadOf<{ error: ErrorObject }>(event).error;
      step.completedAt = event.at;
      break;
    }
    case "step_skipped": {
      const step = stepOf(run, id);
      step.status = "skipped";
      // One that was kept brings along the error that was ignored.
      step.error = payloadOf<{ error?: ErrorObject }>(event).error ?? step.error;
      step.completedAt = event.at;
      break;
    }
    case "step_retry_attempt": {
      const step = stepOf(run, id);
      const { error, reset = [] } = payloadOf<{ error: ErrorObject; reset?: string[] }>(event);
      step.retries++;
      step.error = error;
      for (const inner of reset) resetStep(run, inner);
      break;
    }
    case "step_retrying":
      stepOf(run, id).status = "retrying";
      break;
    case "step_suspended":
      stepOf(run, id).status = "suspended";
      break;
    case "step_ignored":
      stepOf(run, id).error = payloadOf<{ error: ErrorObject }>(event).error;
      break;
  }
}

function stepOf(run: FoldedRun, id: string): FoldedStep {
  let step = run.steps.get(id);
  if (!step) {
    step = { ...NEW_STEP };
    run.steps.set(id, step);
  }
  return step;
}

function payloadOf<T>(event: FoldEvent): T {
  return parseJson(event.payload ?? "{}") as T;
}
