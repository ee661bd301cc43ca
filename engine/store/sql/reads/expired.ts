// Which ended runs go: looked for from the oldest on, a bounded number a read.

import { parseJson } from "../../../../core/exact-json.ts";
import { RUN_STATUSES } from "../../../../core/status.ts";
import {
  type Expired,
  type ExpiredSlice,
  type Expiry,
  familyExpiryOf,
  type RemovalMarks,
  type RunAge,
} from "../../retention-store.ts";
import { REMOVING } from "../../libsql/migrations.ts";
import { type Raw, type Source, statusCode } from "../source.ts";

/** Runs that one read looks at. */
const WINDOW = 500;

const ENDED = (["completed", "failed", "cancelled"] as const).map(statusCode);

const COLUMNS = "run_no, status, last_seq, created_at, completed_at, updated_at, parent_run_no, " +
  "marks";

/** See `RetentionStore`; the indexes have the status before the number, so three ranges are merged. */
export function endedBack(source: Source, before: number | null, count: number) {
  const below = before ?? Number.MAX_SAFE_INTEGER;
  const ranges = ENDED.map((status) =>
    `SELECT * FROM (SELECT run_no FROM runs INDEXED BY runs_by_status
       WHERE status = ${status} AND run_no < ?1 ORDER BY run_no DESC LIMIT ?2)`
  );
  const row = source.row(
    `SELECT min(run_no) AS runNo, count(*) AS count FROM (
       SELECT run_no FROM (${ranges.join(" UNION ALL ")}) ORDER BY run_no DESC LIMIT ?2
     )`,
    [below, count],
  )!;
  return { runNo: row.runNo as number | null, count: row.count as number };
}

export function expiredRuns(source: Source, expiry: Expiry, after: number): ExpiredSlice {
  const ranges = ENDED.map((status) =>
    `SELECT * FROM (SELECT ${COLUMNS} FROM runs INDEXED BY runs_by_status
       WHERE status = ${status} AND run_no > ?1 ORDER BY run_no LIMIT ?2)`
  );
  const rows = source.rows(
    `SELECT * FROM (${ranges.join(" UNION ALL ")}) ORDER BY run_no LIMIT ?2`,
    [after, WINDOW],
  );
  const runs: Expired[] = [];
  const byNo = parents(source);
  for (const raw of rows) {
    const goes = familyExpiryOf(ageOf(raw), expiry, byNo);
    if (goes !== null) runs.push({ runNo: raw.run_no, lastSeq: raw.last_seq, goes });
  }
  const last = rows.at(-1);
  const isEnd = rows.length < WINDOW || isTooNew(last!, expiry);
  return { runs, next: isEnd ? null : last!.run_no };
}

export function halfRemoved(source: Source, limit: number): Expired[] {
  const rows = source.rows(
    `SELECT run_no, last_seq FROM runs INDEXED BY runs_removing
     WHERE ${REMOVING} ORDER BY run_no LIMIT ?`,
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

/** Looks each run up once. */
function parents(source: Source): (runNo: number) => RunAge | null {
  const known = new Map<number, RunAge | null>();
  return (runNo) => {
    const found = known.get(runNo);
    if (found !== undefined) return found;
    const raw = source.row(`SELECT ${COLUMNS} FROM runs WHERE run_no = ?`, [runNo]);
    const age = raw === undefined ? null : ageOf(raw);
    known.set(runNo, age);
    return age;
  };
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
