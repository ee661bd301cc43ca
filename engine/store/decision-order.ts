// In which order a list of decisions is, and so what its cursor holds.

import type { Key, KeyShape } from "./cursor.ts";
import type { DecisionOrder } from "./filters.ts";
import type { DecisionRow } from "./rows.ts";

/** In place of the deadline of what has none: it comes after all that have one. */
export const NO_DEADLINE = Number.MAX_SAFE_INTEGER;

export const DECISION_KEYS: Readonly<Record<DecisionOrder, KeyShape>> = {
  newest: ["text"],
  deadline: ["integer", "text"],
};

export function decisionKey(
  order: DecisionOrder,
  { id, timeoutAt }: Pick<DecisionRow, "id" | "timeoutAt">,
): Key {
  return order === "newest" ? [id] : [timeoutAt ?? NO_DEADLINE, id];
}
