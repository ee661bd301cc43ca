// What ties a parent's step and its child run: news for the parent, an end for the child, by timers.
//
// What the child's status becomes reaches the parent as a timer row of the parent, due at once and
// written in the child's own commit: it survives any crash, and whoever loads the parent reads the
// child's row.

import { findStep, type RunState, type StepState } from "../state/state.ts";
import { dropTimeout } from "./step-timeout.ts";
import type { Turn } from "./turn.ts";

const TIMER = "child:";

/** Tells the parent, in this commit, that the run's status has changed. */
export function tellParent(turn: Turn): void {
  const { row } = turn.run;
  if (row.parentRunNo === null) return;
  turn.handOver.timers.push({
    runNo: row.parentRunNo,
    // A later child of the same step must not take an earlier one's news for its own.
    key: `${TIMER}${row.parentStepId}:${row.runNo}.${row.lastSeq}`,
    dueAt: turn.now,
  });
}

/** The step no longer waits for its child, and nobody else does: cancels it, in this commit. */
export function cancelChild(turn: Turn, step: StepState): void {
  const { childId, childNo } = step.row.detail;
  if (childId === undefined || childNo === undefined) return;
  const dueAt = turn.now;
  turn.handOver.timers.push({ runNo: childNo, key: "cancel", dueAt });
  const { runs } = turn.env;
  // In memory it knows of it before anything else of it starts; the timer is for all other cases.
  turn.afterCommit.push(() => runs.tell(childId, { kind: "timer", key: "cancel", dueAt }));
  leaveChild(turn, step);
}

/** The child has ended: an attempt that follows starts another. */
export function leaveChild(turn: Turn, step: StepState): void {
  dropTimeout(turn, step);
  delete step.row.detail.childId;
  delete step.row.detail.childNo;
}

/** The step whose child a timer has news of, while it has one; undefined for other timers. */
export function childTimerStep(run: RunState, key: string): StepState | undefined {
  if (!key.startsWith(TIMER)) return undefined;
  const end = key.lastIndexOf(":");
  const step = findStep(run, key.slice(TIMER.length, end));
  // What a child of an earlier attempt has to say is of no use any more.
  return step?.row.detail.childNo === parseInt(key.slice(end + 1)) ? step : undefined;
}
