// Which skipped steps did not come to their end, because something around or beside them had ended.

import type { StepState } from "./state.ts";

/** Why a step was skipped that somebody has passed over. */
export const SKIPPED_BY_SIGNAL = "skipped_by_signal";

/** Why a step was skipped although nothing was wrong with it. */
const TAKEN_ALONG: ReadonlySet<string> = new Set([
  "workflow_failed",
  "parent_failed",
  "step_timeout",
]);

/** Why a step was skipped although it might have gone on: it stands in for no other then. */
const GIVEN_UP: ReadonlySet<string> = new Set([
  ...TAKEN_ALONG,
  "race_lost",
  "workflow_cancelled",
  "cancelled_in_flight",
]);

/** Whether the step was skipped with something around it. */
export function wasGivenUp(step: StepState): boolean {
  return step.row.status === "skipped" && GIVEN_UP.has(step.row.detail.reason!);
}

/** Whether the step ended only because another one failed. */
export function wasTakenAlong(step: StepState): boolean {
  return step.row.status === "skipped" && TAKEN_ALONG.has(step.row.detail.reason!);
}
