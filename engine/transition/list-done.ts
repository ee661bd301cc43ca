// When a list of a step is over whose output was not in memory then: the step goes on with it now.

import { isUnderWay, type StepList, type StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";

/** Tells the step of a list of it that is done, unless it is over or waits for something else. */
export function endIfDone(
  turn: Turn,
  step: StepState,
  listDone: (turn: Turn, step: StepState, list: StepList) => void,
): void {
  if (!isUnderWay(step) || step.live.busy !== "") return;
  const done = step.inside.lists?.find(({ state }) => state === "done");
  if (done) listDone(turn, step, done);
}
