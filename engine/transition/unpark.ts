// How a step goes on that has waited for an expression or for outputs.

import { failStep } from "./fail.ts";
import type { Input } from "../actor/inputs.ts";
import { beginAdmitted } from "./start.ts";
import type { RunState, StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";

/** The step goes on unless it was given up, or parked anew, since it asked. */
export function unpark(
  turn: Turn,
  { step, ticket, source, answer }: Input & { kind: "evaluated" },
): void {
  if (step.live.parked !== ticket) return;
  step.live.parked = null;
  (step.live.answers ??= new Map()).set(source, answer);
  goOn(turn, step);
}

/** The outputs that the step has asked for are there, or do not fit into what its run may hold. */
export function takeFetched(
  turn: Turn,
  { step, ticket, fetched }: Input & { kind: "fetched" },
): void {
  if (step.live.parked !== ticket) return;
  step.live.parked = null;
  if (!fetched.ok) return failStep(turn, step, fetched.error.toJSON());
  step.live.pins!.fill(fetched.texts);
  goOn(turn, step);
}

function goOn(turn: Turn, step: StepState): void {
  // It was admitted before its guard or its params were asked for.
  if (step.live.slot) beginAdmitted(turn, step);
  else if (step.live.pins) startNext(turn.run, step);
  else turn.run.ready.push(step);
}

/** Before all others: what it holds is let go of by its start, and whoever waits for room may wait for that. */
function startNext(run: RunState, step: StepState): void {
  if (run.readyHead > 0) run.ready[--run.readyHead] = step;
  else run.ready.unshift(step);
}
