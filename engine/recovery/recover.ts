// What of a loaded run goes on after a restart, and what has to wait for an answer.

import { isUncertain, markInterrupted } from "../transition/interrupt.ts";
import { pauseClock } from "../transition/activity.ts";
import { requeue } from "../transition/requeue.ts";
import { everyStep, isHalted } from "../state/state.ts";
import { holdTimeout } from "../transition/step-timeout.ts";
import type { Turn } from "../transition/turn.ts";

/**
 * Lets a loaded run that was active go on, unless one of its steps may have had an effect that
 * nobody recorded: then it pauses until `retry`, `skip` or `data` answers for those steps.
 */
export function recoverRun(turn: Turn, reason: string): void {
  const { run } = turn;
  if (isHalted(run)) return;
  const steps = [...everyStep(run)];
  const interrupted = steps
    .filter((step) => isUncertain(step) && !step.plan.resumeOnInterrupt)
    .map((step) => step.id);
  if (interrupted.length === 0) return requeue(turn);
  // The time nobody was there does not count against the run.
  const left = run.row.updatedAt;
  pauseClock(turn, left);
  for (const step of steps) {
    if (step.inside.lists && step.row.status === "running") holdTimeout(turn, step, left);
  }
  markInterrupted(turn, { reason, steps: interrupted });
}
