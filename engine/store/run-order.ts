// In which order a list of runs is, and so what its cursor holds: it follows from what the list is asked.

import type { Key, KeyShape } from "./cursor.ts";
import type { RunFilter } from "./filters.ts";
import type { RunRow } from "./rows.ts";

export type RunOrder = "number" | "completion" | "id";

/** By id where ids are asked for, by completion where that is; else as they were created. */
export function orderOf({ idPrefix, completedSince, completedUntil }: RunFilter): RunOrder {
  if (idPrefix !== undefined) return "id";
  return completedSince !== undefined || completedUntil !== undefined ? "completion" : "number";
}

export const RUN_KEYS: Readonly<Record<RunOrder, KeyShape>> = {
  number: ["integer"],
  completion: ["integer", "integer"],
  id: ["text"],
};

/** The key of a run in a list that has this order, which is descending. */
export function runKey(
  order: RunOrder,
  { runNo, id, completedAt }: Pick<RunRow, "runNo" | "id" | "completedAt">,
): Key {
  if (order === "id") return [id];
  return order === "number" ? [runNo] : [completedAt!, runNo];
}
