// How runs are listed and counted: the newest first, by any filter, without walking the history.

import { outputOf } from "../../output.ts";
import { cutError } from "../../cut.ts";
import type { Key } from "../../cursor.ts";
import { fitting, LARGEST_LISTED, type Slice } from "../../page.ts";
import { orderOf, runKey, type RunOrder } from "../../run-order.ts";
import {
  type Counted,
  LOADED,
  MOST_COUNTED,
  type OpenRun,
  type RunFilter,
  type RunSummary,
} from "../../store.ts";
import type { Dialect } from "../dialect.ts";
import type { Raw, Reading, Value } from "../reading.ts";
import { textSize } from "../sizes.ts";
import { type Source, statusCode } from "../source.ts";
import { HEAD, headColumns } from "./rows.ts";
import { type Range, rangesOf } from "./run-ranges.ts";

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
export function* listRuns(
  source: Source,
  filter: RunFilter,
  after: Key | null,
): Reading<Slice<RunSummary>> {
  const order = orderOf(filter);
  const ranges = yield* rangesOf(source, filter);
  if (ranges.length === 0) return { rows: [], more: false };
  const beyond = yield* windowEnd(source, ranges, { order, after });
  const { sql, values } = merged(ranges, { order, after, beyond, limit: filter.limit + 1 });
  const rows = yield* source.rows(
    `SELECT ${headColumns("r")}, p.id AS parent_id${filter.brief ? "" : measured(source.dialect)}
     FROM runs r
     LEFT JOIN runs p ON p.run_no = r.parent_run_no
     LEFT JOIN events e ON e.run_no = r.run_no AND e.seq = r.output_seq
     WHERE r.run_no IN (SELECT run_no FROM (${sql}) AS found)
     ORDER BY ${KEYS[order].map((key) => `r.${key} DESC`).join(", ")}`,
    values,
  );
  const listed = (size: number = 0) => size > LARGEST_LISTED ? 0 : size;
  const sizes = (raw: Raw) => listed(raw.params_size) + listed(raw.output_size);
  const fit = fitting(rows, filter.limit, sizes);
  return { rows: yield* summaries(source, fit), more: fit.length < rows.length, beyond };
}

/** How many there are, as far as that is counted. */
export function* countRuns(source: Source, filter: RunFilter): Reading<Counted> {
  const order = orderOf(filter);
  const ranges = yield* rangesOf(source, filter);
  if (ranges.length === 0) return { total: 0, isAll: true };
  const beyond = yield* windowEnd(source, ranges, { order, after: null });
  const { sql, values } = merged(ranges, { order, after: null, beyond, limit: MOST_COUNTED + 1 });
  const row = yield* source.row(`SELECT count(*) AS n FROM (${sql}) AS found`, values);
  const n: number = row!.n;
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
): { sql: string; values: Value[] } {
  const by = KEYS[order].map((key) => `${key} DESC`).join(", ");
  const columns = [...new Set(["run_no", ...KEYS[order]])].join(", ");
  const bound: Value[] = [];
  const each = ranges.map((range) => {
    const ends = endsOf(range, { order, after, beyond });
    bound.push(...range.values, ...ends.values, ...range.rest.values);
    const where = [range.where, ...ends.parts, ...range.rest.parts].join(" AND ");
    return `SELECT * FROM (SELECT ${columns} FROM ${range.table}
       WHERE ${where} ORDER BY ${by} LIMIT ${limit}) AS part`;
  });
  const sql = each.length === 1
    ? each[0]!
    : `SELECT * FROM (${each.join(" UNION ALL ")}) AS parts ORDER BY ${by} LIMIT ${limit}`;
  return { sql, values: bound };
}

/** What lies in the range, after one key and up to another: with one bound at each end, as of two the planner takes any. */
function endsOf(
  { from, below, to }: Range,
  { order, after, beyond }: { order: RunOrder; after: Key | null; beyond: Key | null },
): { parts: string[]; values: Value[] } {
  const [key, tie] = KEYS[order];
  const parts = [`${key} >= ?`];
  const values: Value[] = [beyond?.[0] ?? from];
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
function* windowEnd(
  source: Source,
  ranges: readonly Range[],
  { order, after }: { order: RunOrder; after: Key | null },
): Reading<Key | null> {
  if (ranges.every(({ rest, isFew }) => isFew || rest.parts.length === 0)) return null;
  const bare = ranges.map((range) => ({ ...range, rest: { parts: [], values: [] } }));
  const { sql, values } = merged(bare, { order, after, beyond: null, limit: WINDOW });
  const last = yield* source.row(
    `SELECT * FROM (${sql}) AS found LIMIT 1 OFFSET ${WINDOW - 1}`,
    values,
  );
  if (last === undefined) return null;
  return runKey(order, { runNo: last.run_no, id: last.id, completedAt: last.completed_at });
}

const measured = ({ smallContent, contentSize }: Dialect) =>
  `, ${smallContent("r.params")} AS params, ${contentSize("r.params")} AS params_size,
  e.id AS output_id, ${smallContent("e.payload")} AS payload, ${
    contentSize("e.payload")
  } AS output_size`;

/** A text that is shown, but was not read with its row. */
const isLeft = (text: string | null, size: number) =>
  text === null && size > 0 && size <= LARGEST_LISTED;

function* summaries(source: Source, raws: readonly Raw[]): Reading<RunSummary[]> {
  const params = yield* source.params(
    raws.filter((raw) => isLeft(raw.params ?? null, raw.params_size)).map((raw) => raw.run_no),
  );
  const outputs = yield* source.payloads(
    raws.filter((raw) => isLeft(raw.payload ?? null, raw.output_size)).map((raw) => raw.output_id),
  );
  const found: RunSummary[] = [];
  for (const raw of raws) {
    const { params_size: paramsSize = 0, output_size: outputSize = 0 } = raw;
    const isShown = outputSize > 0 && outputSize <= LARGEST_LISTED;
    found.push({
      run: HEAD.decode({ ...raw, error: yield* errorOf(source, raw) }),
      parentId: raw.parent_id,
      params: raw.params ?? params.get(raw.run_no) ?? null,
      paramsSize,
      output: isShown ? outputOf(raw.payload ?? outputs.get(raw.output_id) ?? null) : null,
      outputSize,
    });
  }
  return found;
}

/** A run's error; a large one is read by itself, and cut. */
export function* errorOf(source: Source, raw: Raw): Reading<string | null> {
  if (raw.error !== null || raw.error_size === 0) return raw.error;
  const row = yield* source.row("SELECT error FROM runs WHERE run_no = ?", [raw.run_no]);
  return cutError(row!.error);
}

/** What a step's row is counted with beside its texts; large outputs are not loaded with it. */
const STEP_ROW = 200;

/** Of a run that is to be loaded: what is read for that, about. */
export function openRunColumns({ contentSize, lesser }: Dialect): string {
  const output = contentSize("e.payload");
  const texts = `${STEP_ROW} + ${textSize("s.detail")} + ${textSize("s.error")}`;
  const outputs = `sum(CASE WHEN ${output} <= ${LOADED.each} THEN ${output} ELSE 0 END)`;
  return `run_no, id, CAST(${contentSize("params")} + coalesce((
       SELECT sum(${texts}) + ${lesser(String(LOADED.together), outputs)}
       FROM steps s LEFT JOIN events e ON e.run_no = s.run_no AND e.seq = s.output_seq
       WHERE s.run_no = runs.run_no
     ), 0) AS bigint) AS bytes`;
}

/** By number, after the run with this one. */
export function* openRuns(source: Source, limit: number, after: number): Reading<Slice<OpenRun>> {
  const { dialect } = source;
  const rows = yield* source.rows(
    `SELECT ${openRunColumns(dialect)} FROM runs ${dialect.indexedBy("runs_open")}
     WHERE status <= 1 AND run_no > ? ORDER BY run_no LIMIT ?`,
    [after, limit + 1],
  );
  const open = rows.slice(0, limit).map(({ run_no: runNo, id, bytes }) => ({ runNo, id, bytes }));
  return { rows: open, more: rows.length > limit };
}

export function* unfinishedChildren(
  source: Source,
): Reading<{ runNo: number; parentRunNo: number }[]> {
  const rows = yield* source.rows(
    `SELECT run_no, parent_run_no FROM runs AS r ${source.dialect.indexedBy("runs_by_status")}
     WHERE status <= ${statusCode("suspended")} AND parent_run_no IS NOT NULL
       AND ${source.dialect.isFree("r")} ORDER BY run_no`,
  );
  return rows.map(({ run_no: runNo, parent_run_no: parentRunNo }) => ({ runNo, parentRunNo }));
}
