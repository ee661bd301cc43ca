// Which steps of a run have begun and not ended well: those that an answer about it names first.
//
// Derived from the steps' statuses, at the end of each turn for those that it changed.

import type { StepStatus } from "../../core/status.ts";
import type { RunState, StepState } from "./state.ts";

/** Whether a step of this status is under way, between two attempts, or failed. */
export function isUnfinished(status: StepStatus): boolean {
  return status !== "completed" && status !== "skipped" && status !== "pending";
}

/** The step has the status that it has at the end of a turn. */
export function noteStatus({ unfinished }: RunState, step: StepState): void {
  if (isUnfinished(step.row.status)) unfinished.add(step);
  else unfinished.delete(step);
}
