// Which programs of interrupted steps outlived the daemon that started them, and whether they still run.

import { groupRuns } from "../../core/running.ts";
import type { ProgramReport } from "../api.ts";
import type { Marks, StepProgram } from "../state/marks.ts";
import type { RunState } from "../state/state.ts";
import type { Turn } from "../transition/turn.ts";

/** Those of the steps, masked: what they are called is the author's or a caller's. */
export function programsLeft({ run, env }: Turn, steps: readonly string[]): StepProgram[] {
  const { programsLeft } = env.host;
  if (!programsLeft) return [];
  const left = steps.flatMap((step_id) =>
    programsLeft({ runId: run.row.id, stepId: step_id }).map((program) => ({ step_id, ...program }))
  );
  return run.secrets.mask(left);
}

/** The program, and whether it still runs now. */
export function shownProgram({ step_id, pid, started, command }: StepProgram): ProgramReport {
  return { step_id, pid, command, running: groupRuns(pid, started) };
}

/**
 * The same for the log, which is read later: what ran then was told to end with its daemon, and is killed
 * if it does not.
 */
export function loggedProgram(program: StepProgram) {
  const { running, ...shown } = shownProgram(program);
  return { ...shown, ...(running ? { told_to_end: true } : { running }) };
}

/** Those beside which the steps run again. */
export function stillRunning(
  { marks }: RunState,
  steps: readonly string[],
): { programs?: ProgramReport[] } {
  const programs = (marks.programs ?? []).filter(({ step_id }) => steps.includes(step_id))
    .map(shownProgram).filter(({ running }) => running);
  return programs.length === 0 ? {} : { programs };
}

/** Forgets those of steps that wait for no answer any more. */
export function forgetPrograms(marks: Marks): void {
  const left = (marks.programs ?? []).filter(({ step_id }) => marks.interrupted?.includes(step_id));
  if (left.length > 0) marks.programs = left;
  else delete marks.programs;
}
