// What each durable timer of a run is for, and what happens when it is due.

import { isTerminal } from "../../core/status.ts";
import { givenUpBy } from "../callbacks/given-up.ts";
import { cancelRun } from "./cancel.ts";
import { readChild } from "./child.ts";
import { childTimerStep } from "./child-ties.ts";
import { meetDeadline } from "./deadline.ts";
import { DEADLINE, START, wakeRun } from "./activity.ts";
import { beginDelayed } from "./delay.ts";
import { failStep } from "./fail.ts";
import { queue, timerKey } from "./line.ts";
import { closeInside } from "./settle.ts";
import { findStep, isHalted, type RunState, setBusy, type StepState } from "../state/state.ts";
import { isStepTimeout, timedOutStep } from "./step-timeout.ts";
import type { Turn } from "./turn.ts";
import { stepTypeOf } from "../steps/type.ts";
import { stepTimedOut } from "../state/timed-out.ts";

/** A timer of the run has fired; `dueAt` tells it from a later one under the same key. */
export function meetTimer(turn: Turn, key: string, dueAt: number): void {
  const { run } = turn;
  const own = stepOf(run, key);
  // A step that waits anew meanwhile waits under the same key: that row must stay.
  if (own && own.row.dueAt !== dueAt) return;
  const child = isTerminal(run.row.status) ? undefined : childTimerStep(run, key);
  // Until the child's news is stored its timer is all that remembers it.
  if (child) return readChild(turn, child, key);
  turn.timer(key, null);
  const givenUp = givenUpBy(key);
  if (givenUp !== null) return void turn.event("callback_failed", null, givenUp);
  if (isTerminal(run.row.status)) return;
  if (own) return meetOwn(turn, own);
  if (key === DEADLINE) return meetDeadline(turn, dueAt);
  if (key === START) return beginDelayed(turn);
  if (key === "cancel") return cancelRun(turn, "parent workflow ended");
  if (isStepTimeout(key)) meetStepTimeout(turn, key);
}

/** What the step's own timer is for: a backoff, a wait, or the deadline of a decision. */
function meetOwn(turn: Turn, step: StepState): void {
  // While the run waits for an answer it only counts as over.
  if (isHalted(turn.run)) return;
  wakeRun(turn);
  if (step.row.status === "retrying") {
    // It may wait for a slot, and be loaded by a clock that was set back meanwhile.
    step.row.dueAt = null;
    turn.changed(step);
    queue(turn, step);
  } else stepTypeOf(step.plan)!.due!(turn, step);
}

/** The step that a timer with this key stands for now, of those that have one of their own. */
function stepOf(run: RunState, key: string): StepState | undefined {
  const step = findStep(run, key.slice(key.indexOf(":") + 1));
  return step && step.row.dueAt !== null && timerKey(step) === key ? step : undefined;
}

/** A time limit has passed: the attempt fails with what is inside it. */
function meetStepTimeout(turn: Turn, key: string): void {
  const step = timedOutStep(turn.run, key);
  if (!step) return;
  closeInside(turn, step, "step_timeout");
  setBusy(turn.run, step, "");
  failStep(turn, step, { code: "TIMEOUT_ERROR", message: stepTimedOut(step) });
}
