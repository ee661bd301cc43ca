// What indexes are made of or bounded by: conditions that a query repeats word for word to be found by them.

import { EVENT_TYPES } from "../../journal/event-types.ts";
import type { Dialect } from "./dialect.ts";

/**
 * Event types that most runs log many times. All others are in the `events_rare` index, so that a
 * query by type does not walk the history. Part of the layout: changing it needs a migration.
 */
const FREQUENT = [
  "workflow_started",
  "workflow_completed",
  "step_started",
  "step_completed",
  "condition_evaluated",
  "loop_iter_started",
  "loop_iter_completed",
  "parallel_started",
  "parallel_completed",
] as const;

const frequentCodes = FREQUENT.map((type) => EVENT_TYPES.indexOf(type));

/** The condition of the index on rare types. */
export const RARE = `type NOT IN (${frequentCodes.join(", ")})`;

/** Whether an event type, by its code, is in the index on rare types. */
export function isRare(code: number): boolean {
  return !frequentCodes.includes(code);
}

/** The condition of the indexes on interrupted runs. */
export function interruptedRuns({ hasMember }: Pick<Dialect, "hasMember">): string {
  const either = ["interrupted", "poisoned"].map((mark) => hasMember("marks", mark)).join(" OR ");
  return `marks IS NOT NULL AND (${either})`;
}

/** The condition of the index on runs that are half removed. */
export function halfRemovedRuns({ hasMember }: Pick<Dialect, "hasMember">): string {
  return `marks IS NOT NULL AND ${hasMember("marks", "removing")}`;
}

/** When a decision's time is over, and those without one last; as it is in the index by deadline. */
export const DEADLINE_COLUMN = `coalesce(timeout_at, ${Number.MAX_SAFE_INTEGER})`;

/** The condition of the index on runs that came of deliveries. */
export const IS_DELIVERED = "substr(idempotency_key, 1, 5) = 'hook:'";
