// What happens when a run's own timeout ends: it fails, pauses, or is cancelled.

import { formatDuration } from "../../core/duration.ts";
import type { ErrorObject } from "../../core/errors.ts";
import { WORKFLOW_TIMEOUT } from "../../core/remedy.ts";
import { cancelRun } from "./cancel.ts";
import { interrupt } from "./interrupt.ts";
import { DEADLINE, deadlineOf } from "./activity.ts";
import { failRun, noteFailedList } from "./fail.ts";
import { release } from "./line.ts";
import { closeList, endStep } from "./settle.ts";
import { setBusy, type StepList, type StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";

/** Steps that the error of the run names. */
const MOST_NAMED = 20;

/** The run's deadline timer fired, the one that was set for `dueAt`. */
export function meetDeadline(turn: Turn, dueAt: number): void {
  const { run } = turn;
  const deadline = deadlineOf(run);
  // A hook has a time limit of its own, and the outcome it follows stands.
  if (run.row.status !== "active" || deadline === null || run.marks.outcome) return;
  // A timer from before a pause: not due yet.
  if (dueAt !== Math.ceil(deadline) && turn.now < Math.floor(deadline)) {
    return turn.timer(DEADLINE, Math.ceil(deadline));
  }
  turn.event("workflow_timed_out", null, null);
  // All may be done but for its output: that the time is over would be forgotten by a restart.
  run.awaited = null;
  if (run.plan.onTimeout === "cancel") return cancelRun(turn, "workflow timed out");
  if (run.plan.onTimeout === "suspend") {
    run.marks.timed_out = true;
    return interrupt(turn, "timeout");
  }
  const message = "workflow timed out" +
    ` after its timeout, ${formatDuration(run.plan.timeoutMs!)} of running`;
  const details = { limit: WORKFLOW_TIMEOUT };
  const steps = failOpenSteps(turn, { code: "TIMEOUT_ERROR", message, details });
  failRun(turn, { code: "TIMEOUT_ERROR", message, details: { ...details, steps } });
}

/** Fails what is under way; no retry, no handler: the time is over. Answers which those were. */
function failOpenSteps(turn: Turn, error: ErrorObject): string[] {
  const open = turn.run.steps.filter((step) => isOpen(step));
  const closed: StepList[] = [];
  for (const step of turn.run.steps) failOpen(turn, step, { error, closed });
  // As a restart finds them: a retry puts back the step that it names, and none beside it.
  for (const list of closed) noteFailedList(list);
  return open.slice(0, MOST_NAMED).map(({ id }) => id);
}

function isOpen({ row: { status } }: StepState): boolean {
  return status === "running" || status === "retrying" || status === "suspended";
}

/** `closed`: lists that came to no end. */
function failOpen(
  turn: Turn,
  step: StepState,
  { error, closed }: { error: ErrorObject; closed: StepList[] },
): void {
  if (!isOpen(step)) {
    if (step.row.status === "pending" && step.list.owner) setBusy(turn.run, step, "");
    return;
  }
  for (const list of step.inside.lists ?? []) {
    if (!closeList(list)) continue;
    closed.push(list);
    for (const inner of list.steps) failOpen(turn, inner, { error, closed });
  }
  release(step, "workflow timed out");
  endStep(turn, step, "failed");
  step.row.error = { ...error, step_id: step.id };
  // No handler may take over: what failed by the deadline stays failed.
  step.row.detail.forced = true;
  turn.eventWith("step_failed", step.id, {
    error: step.row.error,
    attempt: step.row.attempt,
    duration_ms: step.row.durationMs,
  });
}
