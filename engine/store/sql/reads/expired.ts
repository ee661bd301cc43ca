// Which ended runs go: looked for from the oldest on, a bounded number a read.

import { parseJson } from "../../../../core/exact-json.ts";
import { RUN_STATUSES } from "../../../../core/status.ts";
import {
  type Expired,
  type ExpiredSlice,
  type Expiry,
  expiryOf,
  familyExpiryOf,
  type RemovalMarks,
  type RunAge,
} from "../../retention-store.ts";
import { halfRemovedRuns } from "../indexed.ts";
import type { Raw, Reading } from "../reading.ts";
import { type Source, statusCode } from "../source.ts";

/** Runs that one read looks at. */
const WINDOW = 500;

const ENDED = (["completed", "failed", "cancelled"] as const).map(statusCode);

const COLUMNS = "run_no, status, last_seq, created_at, completed_at, updated_at, parent_run_no, " +
  "marks";

/** See `RetentionStore`; the indexes have the status before the number, so three ranges are merged. */
export function* endedBack(
  source: Source,
  before: number | null,
  count: number,
): Reading<{ runNo: number | null; count: number }> {
  const below = before ?? Number.MAX_SAFE_INTEGER;
  const ranges = ENDED.map((status) =>
    `SELECT * FROM (SELECT run_no FROM runs ${source.dialect.indexedBy("runs_by_status")}
       WHERE status = ${status} AND run_no < ?1 ORDER BY run_no DESC LIMIT ?2) AS part`
  );
  const row = yield* source.row(
    `SELECT min(run_no) AS run_no, count(*) AS count FROM (
       SELECT run_no FROM (${ranges.join(" UNION ALL ")}) AS parts ORDER BY run_no DESC LIMIT ?2
     ) AS ended`,
    [below, count],
  );
  return { runNo: row!.run_no, count: row!.count };
}

export function* expiredRuns(
  source: Source,
  expiry: Expiry,
  after: number,
): Reading<ExpiredSlice> {
  const ranges = ENDED.map((status) =>
    `SELECT * FROM (SELECT ${COLUMNS} FROM runs ${source.dialect.indexedBy("runs_by_status")}
       WHERE status = ${status} AND run_no > ?1 ORDER BY run_no LIMIT ?2) AS part`
  );
  const rows = yield* source.rows(
    `SELECT * FROM (${ranges.join(" UNION ALL ")}) AS parts ORDER BY run_no LIMIT ?2`,
    [after, WINDOW],
  );
  const runs: Expired[] = [];
  const ages = rows.map(ageOf);
  const known = yield* withAncestors(source, ages, expiry);
  for (const [i, { run_no: runNo, last_seq: lastSeq }] of rows.entries()) {
    const goes = familyExpiryOf(ages[i]!, expiry, (parentNo) => known.get(parentNo) ?? null);
    if (goes !== null) runs.push({ runNo, lastSeq, goes });
  }
  const last = rows.at(-1);
  const isEnd = rows.length < WINDOW || isTooNew(last!, expiry);
  return { runs, next: isEnd ? null : last!.run_no };
}

export function* halfRemoved(source: Source, limit: number): Reading<Expired[]> {
  const { dialect } = source;
  const rows = yield* source.rows(
    `SELECT run_no, last_seq FROM runs ${dialect.indexedBy("runs_removing")}
     WHERE ${halfRemovedRuns(dialect)} ORDER BY run_no LIMIT ?`,
    [limit],
  );
  // Whether the row is to go as well is decided when it is found among the expired.
  return rows.map((raw) => ({ runNo: raw.run_no, lastSeq: raw.last_seq, goes: "texts" }));
}

/** The clock may have been set back by as much between two runs. */
const CLOCK_SET_BACK = 24 * 3_600_000;

/** Whether nothing that comes after this run can go: none has ended before it was created. */
function isTooNew(raw: Raw, { endedBefore, textsBefore, belowRunNo }: Expiry): boolean {
  const before = Math.max(endedBefore ?? -Infinity, textsBefore ?? -Infinity);
  return raw.created_at > before + CLOCK_SET_BACK && raw.run_no >= (belowRunNo ?? 0);
}

/** These runs and those that it depends on whether they go: who started them, and who those, level by level. */
function* withAncestors(
  source: Source,
  runs: readonly RunAge[],
  expiry: Expiry,
): Reading<Map<number, RunAge>> {
  const known = new Map(runs.map((run) => [run.runNo, run]));
  const sql = `SELECT ${COLUMNS} FROM runs
    WHERE run_no IN (SELECT value FROM ${source.dialect.numbersOf("?")})`;
  for (let level = runs; level.length > 0;) {
    const above = level.filter((run) => expiryOf(run, expiry) !== null)
      .map(({ parentRunNo }) => parentRunNo)
      .filter((runNo) => runNo !== null && !known.has(runNo));
    if (above.length === 0) break;
    level = (yield* source.rows(sql, [JSON.stringify([...new Set(above)])])).map(ageOf);
    for (const run of level) known.set(run.runNo, run);
  }
  return known;
}

function ageOf(raw: Raw): RunAge {
  return {
    runNo: raw.run_no,
    status: RUN_STATUSES[raw.status as number]!,
    completedAt: raw.completed_at,
    updatedAt: raw.updated_at,
    parentRunNo: raw.parent_run_no,
    removal: raw.marks === null ? {} : parseJson<RemovalMarks>(raw.marks),
  };
}
