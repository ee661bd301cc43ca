// What of a run may go on: recomputes the ready steps from the states alone.

import { drain } from "./drain.ts";
import { readChild } from "./child.ts";
import { LONG_WAIT_MS, queue, timerKey } from "./line.ts";
import { isCalled, isUnderWay, setBusy, type StepState } from "../state/state.ts";
import { armTimeout } from "./step-timeout.ts";
import type { Turn } from "./turn.ts";
import { stepTypeOf } from "../steps/type.ts";

/** Puts everything in line that can start now; used when a run is loaded, resumed or revived. */
export function requeue(turn: Turn): void {
  turn.requeued = true;
  for (const step of turn.run.steps) {
    if (step.row.status === "pending") {
      if (step.live.busy === "" && mayStart(turn, step)) queue(turn, step);
    } else {
      goOn(turn, step);
      drain(turn);
    }
  }
}

/** Takes up again what is under way in a step. */
function goOn(turn: Turn, step: StepState): void {
  const open = isUnderWay(step);
  // What is inside goes on though the step itself waits for its turn.
  if (open && step.inside.lists) return goOnInside(turn, step);
  if (step.live.attemptInFlight || step.live.busy === "queued") return;
  if (step.row.status === "retrying") return rearm(turn, step);
  if (!open) return;
  if (step.plan.type) goOnWaiting(turn, step);
  else if (step.row.detail.childId !== undefined) {
    setBusy(turn.run, step, step.row.status === "running" ? "child" : "");
    readChild(turn, step);
  } else if (step.row.status === "running") {
    queue(turn, step);
  }
}

function goOnInside(turn: Turn, step: StepState): void {
  const held = step.plan.timeoutMs !== null && step.row.detail.runningSince === undefined;
  if (step.row.status === "running" && held) armTimeout(turn, step);
  for (const list of step.inside.lists!) {
    if (list.state !== "open") continue;
    for (const inner of list.steps) {
      if (inner.row.status !== "pending") {
        goOn(turn, inner);
        drain(turn);
      } else if (isCalled(inner) && inner.live.busy === "") queue(turn, inner);
    }
  }
  turn.agenda.add({ kind: "step_goes_on", step });
}

function goOnWaiting(turn: Turn, step: StepState): void {
  const type = stepTypeOf(step.plan)!;
  if (!type.waitAgain) return;
  if (step.row.dueAt !== null && step.row.dueAt > turn.now) renewTimer(turn, step);
  type.waitAgain(turn, step);
}

function rearm(turn: Turn, step: StepState): void {
  if (step.row.dueAt === null || step.row.dueAt <= turn.now) {
    turn.timer(timerKey(step), null);
    return queue(turn, step);
  }
  renewTimer(turn, step);
  setBusy(turn.run, step, (step.row.detail.delayMs ?? 0) > LONG_WAIT_MS ? "" : "timer");
}

/** A timer that fired while the run was halted is used up, though the clock was set back since. */
function renewTimer(turn: Turn, step: StepState): void {
  if (turn.wasHalted) turn.timer(timerKey(step), step.row.dueAt);
}

function mayStart(turn: Turn, step: StepState): boolean {
  const { run } = turn;
  const { role, index } = step.plan;
  if (role === "step") return run.openDependencies[index] === 0;
  if (role === "fallback") return isCalled(step);
  const outcome = run.marks.outcome?.status;
  return role === "on_complete" ? outcome === "completed" : outcome === "failed";
}
