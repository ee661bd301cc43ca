// What of a flat batch is sent to the server: statements in their order, with their parameters.

import { COMPOSED, type Composed, encodeComposed } from "../composed.ts";
import type { FlatBatch } from "../sql/flatten.ts";
import { GUARDS, LAST_GUARDS, type ListName, WRITTEN } from "../sql/lists.ts";
import { type Clean, type OldBuckets, oldNotices, withdrawals } from "./old-rows.ts";
import { encodeNumbers } from "./arrays.ts";
import type { Parameter } from "./session.ts";
import {
  arraysOf,
  GUARDED,
  lastOfEach,
  LOCK_LIMITS,
  OF_NODE,
  rootsOf,
  STATEMENTS,
} from "./statements.ts";

export interface Writing {
  /** Whose the new runs are, and whose counts it adds to. */
  nodeNo: number;
  /** Whether runs may be another node's, which are left alone then. */
  shared: boolean;
  oldBuckets: OldBuckets;
}

export function writtenOf(
  { lists, long, withdrawn }: FlatBatch,
  { nodeNo, shared, oldBuckets }: Writing,
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
    const values: Parameter[] = arraysOf(list, lastOfEach(list, flat));
    if (list === "limits") statements.push({ sql: LOCK_LIMITS, values });
    if (list === "runs") values.push(encodeNumbers(rootsOf(flat)));
    if (GUARDED.includes(list)) values.push(shared ? nodeNo : null);
    if (OF_NODE.includes(list)) values.push(nodeNo);
    statements.push({ sql: STATEMENTS[list].sql, values });
  };
  GUARDS.forEach(add);
  statements.push(...withdrawals(withdrawn));
  WRITTEN.forEach(add);
  LAST_GUARDS.forEach(add);
  return [...statements, ...oldNotices(lists.notices), ...oldBuckets.after(lists.buckets)];
}
