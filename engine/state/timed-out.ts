// What somebody is told whose step has taken too long: which limit that was, and how long it is.

import { formatDuration } from "../../core/duration.ts";
import type { StepState } from "./state.ts";

/** `step a timed out after its timeout, 30s`. */
export function stepTimedOut({ id, plan: { timeoutMs } }: StepState): string {
  const whose = timeoutMs === null ? "" : ` after its timeout, ${formatDuration(timeoutMs)}`;
  return `step ${id} timed out${whose}`;
}
