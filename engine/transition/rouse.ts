// How a step comes to wait for something that may take long, and how it runs again.

import { wakeRun } from "./activity.ts";
import { isHalted, type StepState } from "../state/state.ts";
import { armTimeout } from "./step-timeout.ts";
import type { Turn } from "./turn.ts";

/** The step waits for something that may take long. */
export function suspendStep(turn: Turn, step: StepState, reason: string): void {
  step.row.status = "suspended";
  turn.event("step_suspended", step.id, `{"reason":"${reason}"}`);
  turn.changed(step);
}

/** The steps around a suspended step run again, and then it does. */
export function rouse(turn: Turn, step: StepState): void {
  if (step.list.owner) rouse(turn, step.list.owner);
  else wakeRun(turn);
  if (step.row.status !== "suspended") return;
  step.row.status = "running";
  // What woke it may have ended in the same turn: then it comes to rest again at its end.
  if (step.inside.lists) turn.run.stirred.add(step);
  turn.event("step_started", step.id, `{"attempt":${step.row.attempt},"resumed":true}`);
  if (step.inside.lists && !isHalted(turn.run)) armTimeout(turn, step);
  turn.changed(step);
}
