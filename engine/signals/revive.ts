// How a poisoned run is let go on by a signal, and what else it is told.

import { OpcodeError } from "../../core/errors.ts";
import type { SignalType } from "../api.ts";
import { isUncertain, markInterrupted } from "../transition/interrupt.ts";
import { everyStep } from "../state/state.ts";
import type { Turn } from "../transition/turn.ts";

/** Nothing but `retry` and `cancel` reaches a poisoned run. */
export function poisonedConflict(id: string, type: SignalType): OpcodeError {
  return new OpcodeError(
    "CONFLICT",
    `cannot send ${type} to a workflow that is poisoned: retry lets it try again, cancel ends it`,
    { details: { workflow_id: id } },
  );
}

/**
 * Takes the poison off a loaded run; once that is stored it is as any other again. Nobody has looked
 * at it since the process died: steps whose effect is not known have to be answered for first.
 */
export function takeOffPoison(turn: Turn): void {
  const { run, env } = turn;
  delete run.marks.poisoned;
  const { id, runNo } = run.row;
  turn.afterCommit.push(() => {
    env.suspects.trust(runNo, id);
    env.refire(runNo);
  });
  if (run.marks.interrupted) return;
  const uncertain = [...everyStep(run)]
    .filter((step) => isUncertain(step) && !step.plan.resumeOnInterrupt)
    .map((step) => step.id);
  if (uncertain.length === 0) return;
  markInterrupted(turn, { reason: "process_restart", steps: uncertain });
}
