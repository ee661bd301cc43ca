// What of a run may go on: recomputes the ready steps from the states alone.

import { readChild } from "./child.ts";
import { backoffKey, isUnhandled, LONG_WAIT_MS, queue, workflowError } from "./settle.ts";
import { setBusy, type StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Puts everything in line that can start now; used when a run is loaded, resumed or revived. */
export function requeue(turn: Turn): void {
  const { run } = turn;
  for (const step of run.steps) {
    if (step.attemptInFlight || step.busy === "queued") continue;
    if (step.status === "running" || step.status === "suspended") reopen(turn, step);
    else if (step.status === "retrying") rearm(turn, step);
    else if (step.status === "pending" && mayStart(turn, step)) queue(turn, step);
  }
}

function reopen(turn: Turn, step: StepState): void {
  if (step.detail.childId !== undefined) {
    setBusy(turn.run, step, step.status === "running" ? "child" : "");
    readChild(turn, step);
  } else if (step.status === "running") {
    queue(turn, step);
  }
}

function rearm(turn: Turn, step: StepState): void {
  if (step.dueAt === null || step.dueAt <= turn.now) {
    turn.timer(backoffKey(step), null);
    return queue(turn, step);
  }
  setBusy(turn.run, step, (step.detail.delayMs ?? 0) > LONG_WAIT_MS ? "" : "backoff");
}

function mayStart(turn: Turn, step: StepState): boolean {
  const { run } = turn;
  const { role, index, triggers } = step.plan;
  if (role === "step") return run.openDependencies[index] === 0;
  if (role === "fallback") {
    return triggers.some((trigger) => {
      const failed = run.steps[trigger]!;
      return failed.status === "failed" && !failed.detail.forced;
    });
  }
  const outcome = run.marks.outcome?.status;
  return role === "on_complete" ? outcome === "completed" : outcome === "failed";
}

/** The failure that still stands: the earliest failed step that nothing handles. */
export function standingFailure(turn: Turn): void {
  const { run } = turn;
  const failed = run.steps.filter((step) => isUnhandled(turn, step));
  failed.sort((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0));
  run.failure = failed[0] ? workflowError(failed[0], failed[0].error!) : null;
}
