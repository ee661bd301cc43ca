// How a step gets into the line of those to start, and what it gives back when it leaves.

import { unpin } from "../memory/absent.ts";
import { setBusy, type StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";
import { stepTypeOf } from "../steps/type.ts";

/** A wait set for longer than this, in ms, suspends a run that has nothing else to do. */
export const LONG_WAIT_MS = 30_000;

/** The key of the timer that the step's `dueAt` belongs to. */
export function timerKey(step: StepState): string {
  if (step.row.status === "retrying") return `backoff:${step.id}`;
  const type = stepTypeOf(step.plan);
  return `${type?.timer ?? type?.name}:${step.id}`;
}

/** Puts a step in line to be started. */
export function queue(turn: Turn, step: StepState): void {
  setBusy(turn.run, step, "queued");
  turn.run.ready.push(step);
}

/** Gives back what the step's attempt holds; an action that runs is aborted. */
export function release(step: StepState, reason: string): void {
  if (step.live.attemptInFlight) step.live.attemptInFlight.abandon(reason);
  step.live.attemptInFlight = null;
  step.live.slot?.release();
  step.live.slot = null;
  step.live.parked = null;
  step.live.answers = null;
  unpin(step);
}
