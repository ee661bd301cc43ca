// What of a flat batch is sent to the server: statements in their order, with their parameters.

import { type Composed, encodeComposed } from "../composed.ts";
import type { FlatBatch } from "../sql/flatten.ts";
import { GUARDS, LIST_NAMES, type ListName } from "../sql/lists.ts";
import { COMPOSED } from "./dialect.ts";
import { type Clean, type OldBuckets, oldNotices, withdrawals } from "./old-rows.ts";
import { arraysOf, lastOfEach, OF_NODE, STATEMENTS } from "./statements.ts";

const WRITTEN = LIST_NAMES.filter((list) => !GUARDS.includes(list));

/** `nodeNo`: whose counts it adds to. */
export function writtenOf(
  { lists, long, withdrawn }: FlatBatch,
  { nodeNo, oldBuckets }: { nodeNo: number; oldBuckets: OldBuckets },
): Clean[] {
  for (const table of ["runs", "events", "templates", "schedules"] as const) {
    const values = lists[table];
    for (const at of long[table]) {
      const value = values[at] as string | Composed;
      // The server keeps large texts apart by itself.
      if (typeof value !== "string") values[at] = COMPOSED + encodeComposed(value);
    }
  }
  const statements: Clean[] = [];
  const add = (list: ListName) => {
    const flat = lists[list];
    if (flat.length === 0) return;
    const values = arraysOf(list, lastOfEach(list, flat));
    statements.push({
      sql: STATEMENTS[list].sql,
      values: OF_NODE.includes(list) ? [...values, nodeNo] : values,
    });
  };
  GUARDS.forEach(add);
  statements.push(...withdrawals(withdrawn));
  WRITTEN.forEach(add);
  return [...statements, ...oldNotices(lists.notices), ...oldBuckets.after(lists.buckets)];
}
