// What is written when a run becomes active, pauses, and ends; and how long it was active.

import { timerKey } from "./line.ts";
import { limitsOf } from "../concurrency/limits.ts";
import type { Marks } from "../state/marks.ts";
import type { LimitRow } from "../store/store.ts";
import { tellParent } from "./child-ties.ts";
import { isHalted, type RunState } from "../state/state.ts";
import type { Turn } from "./turn.ts";

export const DEADLINE = "deadline";
/** Of the time at which a run is to begin. */
export const START = "start";

/** What a suspended run waited for has come, so that it goes on. */
export function wakeRun(turn: Turn): void {
  if (turn.run.row.status === "suspended" && !isHalted(turn.run)) resume(turn);
}

/**
 * The run becomes active: for the first time, or again. `origin`: JSON text of what has started it;
 * `asker`: who did, where that is not whose run it is.
 */
export function resume(turn: Turn, origin: string | null = null, asker?: string): void {
  const { row } = turn.run;
  if (row.status === "pending") {
    const { forkedFrom } = row;
    const payload = forkedFrom ? `{"forked_from":${forkedFrom}}` : origin;
    turn.event("workflow_started", null, payload, asker);
    const { start_at: _, waits, ...marks } = turn.run.marks;
    turn.run.marks = marks;
    if (waits) turn.afterCommit.push(() => turn.env.admission.left(row.runNo));
  } else turn.event("workflow_resumed", null, null);
  row.startedAt ??= turn.now;
  if (row.status === "failed") {
    row.completedAt = null;
    row.error = null;
  }
  // It counts from now on, unless it has since it began.
  if (row.status !== "suspended") turn.handOver.limits.push(...limitsOf(turn));
  const again = row.status !== "pending";
  row.status = "active";
  row.activeSince = turn.now;
  turn.run.activeFrom = turn.monotonic;
  armDeadline(turn);
  if (again) tellParent(turn);
}

/** All that is under way waits, or the run for answers. */
export function suspend(turn: Turn): void {
  const { run } = turn;
  const reason = run.marks.poisoned
    ? "poisoned"
    : run.marks.timed_out
    ? "timed_out"
    : run.marks.interrupted?.length
    ? "interrupted"
    : "waiting";
  turn.event("workflow_suspended", null, `{"reason":"${reason}"}`);
  pauseClock(turn);
  run.row.status = "suspended";
  tellParent(turn);
}

/** When the run's own timeout ends; null while it has none or its time stands still. */
export function deadlineOf(run: RunState): number | null {
  const { timeoutMs } = run.plan;
  if (timeoutMs === null || run.row.activeSince === null) return null;
  return run.row.activeSince + timeoutMs - run.row.activeMs;
}

function armDeadline(turn: Turn): void {
  const dueAt = deadlineOf(turn.run);
  if (dueAt !== null) turn.timer(DEADLINE, Math.ceil(dueAt));
}

/** Stops the run's active time, as of now, or as of `at` if nobody was there since. */
export function pauseClock(turn: Turn, at?: number): void {
  const { row, activeFrom } = turn.run;
  if (row.activeSince === null) return;
  row.activeMs += at === undefined
    ? turn.since(row.activeSince, activeFrom)
    : Math.max(0, at - row.activeSince);
  turn.run.activeFrom = null;
  row.activeSince = null;
  if (turn.run.plan.timeoutMs !== null) turn.timer(DEADLINE, null);
}

/** Puts the run into a terminal status. */
export function leave(turn: Turn, status: "completed" | "failed" | "cancelled"): void {
  const { run } = turn;
  pauseClock(turn);
  for (const step of run.steps) {
    if (step.row.dueAt !== null) turn.timer(timerKey(step), null);
  }
  if (run.marks.start_at !== undefined) turn.timer(START, null);
  const limits = limitsOf(turn);
  if (limits.length > 0) turn.afterCommit.push(() => makeRoom(turn, limits));
  run.marks = status === "failed" ? keptMarks(run.marks) : {};
  run.pins?.release();
  run.pins = null;
  run.awaited = null;
  run.row.status = status;
  run.row.completedAt = turn.now;
  tellParent(turn);
}

/** Whoever retries a failed run finds what it has kept, and below what it is. */
function keptMarks({ kept, above, within }: Marks): Marks {
  return { ...(kept && { kept }), ...(above && { above }), ...(within && { within }) };
}

function makeRoom({ run: { row }, env: { admission } }: Turn, limits: readonly LimitRow[]): void {
  admission.left(row.runNo);
  admission.over(limits);
}
