// When a flow step counts as suspended: once nothing inside it moves.

import { isHalted, isUnderWay, standInOf, type StepState } from "../state/state.ts";
import { skipStep } from "./settle.ts";
import { rouse, suspendStep } from "./rouse.ts";
import { holdTimeout } from "./step-timeout.ts";
import type { Turn } from "./turn.ts";

/** Sets the status of the flow steps around which something began or ceased to move. */
export function followStir(turn: Turn): void {
  const { run } = turn;
  if (run.stirred.size === 0 || isHalted(run)) return;
  const stirred = [...run.stirred];
  run.stirred.clear();
  for (const step of stirred) if (step.inside.moving > 0) rouse(turn, step);
  const resting = stirred.filter(isResting).sort((a, b) => depthOf(b) - depthOf(a));
  for (const step of resting) {
    // One that has rested may have been skipped with the step around it.
    if (step.row.status !== "running") continue;
    if (run.failure && step.list.owner === null && !run.revived.has(step)) {
      // A failed run waits for what is under way, not for what waits itself.
      skipStep(turn, step, "workflow_failed");
      continue;
    }
    holdTimeout(turn, step);
    suspendStep(turn, step, "waiting");
  }
}

/**
 * Whether the step waits for something that will come, or something inside it does. A step that has
 * called a fallback at the top which failed does not: only a signal moves it.
 */
export function isWaiting(step: StepState): boolean {
  const at = standInOf(step);
  if (!at) return false;
  const { row: { status }, live: { busy }, inside: { lists } } = at;
  if (status === "retrying" || busy !== "") return true;
  if (!isUnderWay(at)) return false;
  return !lists || lists.some(({ state, steps }) => state === "open" && steps.some(isWaiting));
}

function isResting(step: StepState): boolean {
  return step.row.status === "running" && step.inside.openLists > 0 && step.inside.moving === 0 &&
    step.live.busy === "";
}

function depthOf(step: StepState): number {
  let depth = 0;
  for (let at = step.list.owner; at; at = at.list.owner) depth++;
  return depth;
}
