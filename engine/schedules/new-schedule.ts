// What the row of a schedule holds before any of its terms are said.

import type { ScheduleRow } from "../store/store.ts";
import { NO_RULES } from "./terms.ts";

/** `trigger`: the name of the trigger that it is for, null when somebody makes it. */
export function newSchedule(
  of: Pick<ScheduleRow, "id" | "name" | "templateName" | "agentId" | "trigger">,
  now: number,
): ScheduleRow {
  return {
    ...NO_RULES,
    ...of,
    templateVersion: null,
    status: "active",
    reason: null,
    nextAt: null,
    runs: 0,
    openRuns: "[]",
    queuedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}
