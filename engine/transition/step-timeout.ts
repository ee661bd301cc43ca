// How long an attempt of a step may take whose time must survive a restart: a child, a flow, a wait.
//
// A flow step's time runs while it is running, not while it is suspended; a wait's and a child's
// runs always. An action's own time limit lives with its attempt in memory.

import { findStep, isUnderWay, type RunState, type StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";
import { stepTypeOf } from "../steps/type.ts";

const TIMEOUT = "timeout:";

/** Whether the timer is a step's time limit. */
export function isStepTimeout(key: string): boolean {
  return key.startsWith(TIMEOUT);
}

function keyOf(step: StepState): string {
  return `${TIMEOUT}${step.row.attempt}:${step.id}`;
}

/** Starts the time limit of the step's attempt, or lets it run on. */
export function armTimeout(turn: Turn, step: StepState): void {
  const { timeoutMs } = step.plan;
  if (timeoutMs === null || stepTypeOf(step.plan)?.limitsItself) return;
  step.row.detail.runningSince = turn.now;
  step.live.runningFrom = turn.monotonic;
  const left = timeoutMs - (step.row.detail.usedMs ?? 0);
  turn.timer(keyOf(step), Math.ceil(turn.now + Math.max(0, left)));
  turn.changed(step);
}

/** Stops a flow step's time, as of now, or as of `at` if nobody was there since. */
export function holdTimeout(turn: Turn, step: StepState, at?: number): void {
  const { row: { detail } } = step;
  if (step.plan.timeoutMs === null || detail.runningSince === undefined) return;
  const used = at === undefined
    ? turn.since(detail.runningSince, step.live.runningFrom)
    : Math.max(0, at - detail.runningSince);
  detail.usedMs = (detail.usedMs ?? 0) + used;
  step.live.runningFrom = null;
  delete detail.runningSince;
  turn.timer(keyOf(step), null);
  turn.changed(step);
}

/** The attempt is over, or its child is left. */
export function dropTimeout(turn: Turn, step: StepState): void {
  const { row: { detail } } = step;
  if (step.plan.timeoutMs === null) return;
  if (detail.runningSince !== undefined) turn.timer(keyOf(step), null);
  delete detail.runningSince;
  delete detail.usedMs;
}

/** The step whose time limit has passed by this timer, while its attempt is under way. */
export function timedOutStep(run: RunState, key: string): StepState | undefined {
  const [, attempt, id] = /^timeout:(\d+):(.*)$/s.exec(key)!;
  const step = findStep(run, id!);
  if (step?.row.attempt !== Number(attempt) || step.row.detail.runningSince === undefined) {
    return undefined;
  }
  return isUnderWay(step) ? step : undefined;
}
