// How many runs count to each of some limits.

import type { LimitRow } from "../../store.ts";
import { begunRuns as counted } from "../begun.ts";
import type { Reading } from "../reading.ts";
import type { Source } from "../source.ts";

export function* begunRuns(
  source: Source,
  limits: readonly Pick<LimitRow, "kind" | "name">[],
): Reading<number[]> {
  const counts: number[] = [];
  for (const { kind, name } of limits) {
    const sql = `SELECT ${counted(source.dialect, kind, "?")} AS count`;
    counts.push((yield* source.row(sql, [name]))!.count);
  }
  return counts;
}
