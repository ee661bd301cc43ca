// How runs are listed and counted: the newest first, by any filter, without walking the history.

import { outputOf } from "../../output.ts";
import { cutError } from "../../cut.ts";
import type { Key } from "../../cursor.ts";
import { LARGEST_LISTED, type Slice, sliceRows } from "../../page.ts";
import { orderOf, runKey, type RunOrder } from "../../run-order.ts";
import {
  type Counted,
  LOADED,
  MOST_COUNTED,
  type OpenRun,
  type RunFilter,
  type RunSummary,
} from "../../store.ts";
import { eventPayload } from "./events.ts";
import { BARE_HEAD, HEAD } from "./rows.ts";
import { type Range, rangesOf, type Values } from "./run-ranges.ts";
import { sizeOf, smallText } from "./sizes.ts";
import { type Raw, type Source, statusCode } from "../source.ts";

/** Runs that one read looks at for what no index has beside the rest of the filter. */
const WINDOW = 2_500;

/** Which columns have the key of each order. */
const KEYS: Readonly<Record<RunOrder, readonly [string, ...string[]]>> = {
  number: ["run_no"],
  completion: ["completed_at", "run_no"],
  id: ["id"],
};

/**
 * `after`: the key of the last run looked at. Where a filter has more than an index knows a page may be
 * short, or empty, and still have a next one.
 */
export function listRuns(
  source: Source,
  filter: RunFilter,
  after: Key | null,
): Slice<RunSummary> {
  const order = orderOf(filter);
  const ranges = rangesOf(source, filter);
  if (ranges.length === 0) return { rows: [], more: false };
  const beyond = windowEnd(source, ranges, { order, after });
  const { sql, values } = merged(ranges, { order, after, beyond, limit: filter.limit + 1 });
  const rows = source.rows(
    `SELECT ${BARE_HEAD.columns("r")}, p.id AS parent_id,
       ${smallText("r.error")} AS error, ${sizeOf("r.error")} AS error_size${
      filter.brief ? "" : MEASURED
    } FROM runs r
     LEFT JOIN runs p ON p.run_no = r.parent_run_no
     LEFT JOIN events e ON e.run_no = r.run_no AND e.seq = r.output_seq
     WHERE r.run_no IN (SELECT run_no FROM (${sql}))
     ORDER BY ${KEYS[order].map((key) => `r.${key} DESC`).join(", ")}`,
    values,
  );
  const listed = (size: number = 0) => size > LARGEST_LISTED ? 0 : size;
  const sizes = (raw: Raw) => listed(raw.params_size) + listed(raw.output_size);
  return { ...sliceRows(rows, filter.limit, sizes, (raw) => summary(source, raw)), beyond };
}

/** How many there are, as far as that is counted. */
export function countRuns(source: Source, filter: RunFilter): Counted {
  const order = orderOf(filter);
  const ranges = rangesOf(source, filter);
  if (ranges.length === 0) return { total: 0, isAll: true };
  const beyond = windowEnd(source, ranges, { order, after: null });
  const { sql, values } = merged(ranges, { order, after: null, beyond, limit: MOST_COUNTED + 1 });
  const { n } = source.row(`SELECT count(*) AS n FROM (${sql})`, values)!;
  return { total: Math.min(n, MOST_COUNTED), isAll: n <= MOST_COUNTED && beyond === null };
}

/** The query of the numbers of the first runs of all ranges, and its values. */
function merged(
  ranges: readonly Range[],
  { order, after, beyond, limit }: {
    order: RunOrder;
    after: Key | null;
    /** The last run that is looked at. */
    beyond: Key | null;
    limit: number;
  },
): { sql: string; values: Values } {
  const by = KEYS[order].map((key) => `${key} DESC`).join(", ");
  const columns = [...new Set(["run_no", ...KEYS[order]])].join(", ");
  const bound: Values = [];
  const each = ranges.map((range) => {
    const ends = endsOf(range, { order, after, beyond });
    bound.push(...range.values, ...ends.values, ...range.rest.values);
    const where = [range.where, ...ends.parts, ...range.rest.parts].join(" AND ");
    return `SELECT * FROM (SELECT ${columns} FROM ${range.table}
       WHERE ${where} ORDER BY ${by} LIMIT ${limit})`;
  });
  const sql = each.length === 1
    ? each[0]!
    : `SELECT * FROM (${each.join(" UNION ALL ")}) ORDER BY ${by} LIMIT ${limit}`;
  return { sql, values: bound };
}

/** What lies in the range, after one key and up to another: with one bound at each end, as of two the planner takes any. */
function endsOf(
  { from, below, to }: Range,
  { order, after, beyond }: { order: RunOrder; after: Key | null; beyond: Key | null },
): { parts: string[]; values: Values } {
  const [key, tie] = KEYS[order];
  const parts = [`${key} >= ?`];
  const values: Values = [beyond?.[0] ?? from];
  if (tie === undefined) {
    const most = after?.[0] ?? below;
    if (most !== undefined) {
      parts.push(`${key} < ?`);
      values.push(below !== undefined && below < most ? below : most);
    }
    return { parts, values };
  }
  if (beyond !== null) {
    parts.push(`(${key} > ? OR ${tie} >= ?)`);
    values.push(beyond[0]!, beyond[1]!);
  }
  const most = after?.[0] ?? to;
  if (most !== undefined) {
    parts.push(`${key} <= ?`);
    values.push(most);
  }
  if (after !== null) {
    parts.push(`(${key} < ? OR ${tie} < ?)`);
    values.push(after[0]!, after[1]!);
  }
  return { parts, values };
}

/** The last run that a read looks at; null when it can look at all that are left. */
function windowEnd(
  source: Source,
  ranges: readonly Range[],
  { order, after }: { order: RunOrder; after: Key | null },
): Key | null {
  if (ranges.every(({ rest, isFew }) => isFew || rest.parts.length === 0)) return null;
  const bare = ranges.map((range) => ({ ...range, rest: { parts: [], values: [] } }));
  const { sql, values } = merged(bare, { order, after, beyond: null, limit: WINDOW });
  const last = source.row(`SELECT * FROM (${sql}) LIMIT 1 OFFSET ${WINDOW - 1}`, values);
  if (last === undefined) return null;
  return runKey(order, { runNo: last.run_no, id: last.id, completedAt: last.completed_at });
}

const MEASURED = `, ${smallText("r.params")} AS params, ${sizeOf("r.params")} AS params_size,
  ${smallText("e.payload")} AS payload, ${sizeOf("e.payload")} AS output_size`;

function summary(source: Source, raw: Raw): RunSummary {
  const { run_no: runNo, params_size: paramsSize = 0, output_size: outputSize = 0 } = raw;
  const params = () =>
    source.text(source.row("SELECT params FROM runs WHERE run_no = ?", [runNo])!.params);
  const isShown = (size: number) => size > 0 && size <= LARGEST_LISTED;
  return {
    run: HEAD.decode(source, { ...raw, error: errorOf(source, raw) }),
    parentId: raw.parent_id,
    params: raw.params ?? (isShown(paramsSize) ? params() : null),
    paramsSize,
    output: isShown(outputSize)
      ? outputOf(raw.payload ?? eventPayload(source, runNo, raw.output_seq))
      : null,
    outputSize,
  };
}

/** A run's error; a large one is read by itself, and cut. */
export function errorOf(source: Source, raw: Raw): string | null {
  if (raw.error !== null || raw.error_size === 0) return raw.error;
  return cutError(source.row("SELECT error FROM runs WHERE run_no = ?", [raw.run_no])!.error);
}

/** What a step's row is counted with beside its texts; large outputs are not loaded with it. */
const STEP_ROW = 200;

/** By number, after the run with this one. */
export function openRuns(source: Source, limit: number, after: number): Slice<OpenRun> {
  const rows = source.rows(
    `SELECT run_no AS runNo, id, ${sizeOf("params")} + coalesce((
       SELECT sum(${STEP_ROW} + coalesce(octet_length(s.detail), 0)
         + coalesce(octet_length(s.error), 0)) + min(${LOADED.together}, sum(
         CASE WHEN ${sizeOf("e.payload")} <= ${LOADED.each} THEN ${sizeOf("e.payload")} ELSE 0 END))
       FROM steps s LEFT JOIN events e ON e.run_no = s.run_no AND e.seq = s.output_seq
       WHERE s.run_no = runs.run_no
     ), 0) AS bytes
     FROM runs INDEXED BY runs_open
     WHERE status <= 1 AND run_no > ? ORDER BY run_no LIMIT ?`,
    [after, limit + 1],
  ) as OpenRun[];
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}

export function unfinishedChildren(source: Source) {
  return source.rows(
    `SELECT run_no AS runNo, parent_run_no AS parentRunNo FROM runs INDEXED BY runs_by_status
     WHERE status <= ${statusCode("suspended")} AND parent_run_no IS NOT NULL ORDER BY run_no`,
  ) as { runNo: number; parentRunNo: number }[];
}
