// How runs are listed: newest first, by any filter, without walking the history.

import { RUN_STATUSES, type RunStatus } from "../../../../core/status.ts";
import { outputOf } from "../../output.ts";
import { cutError } from "../../cut.ts";
import { LARGEST_LISTED, type Slice, sliceRows } from "../../page.ts";
import { LOADED, type OpenRun, type RunFilter, type RunSummary } from "../../store.ts";
import { INTERRUPTED } from "../migrations.ts";
import { eventPayload } from "./events.ts";
import { BARE_HEAD, HEAD } from "./rows.ts";
import { sizeOf, smallText } from "./sizes.ts";
import { type Raw, type Source, statusCode } from "./source.ts";

type Values = (number | string | null)[];

/** Runs of an agent that one read looks at for those of a template: no index has both. */
const WINDOW = 5_000;

/**
 * The wall clock may have been set back by as much between two runs: where those of a time begin is
 * looked for so much before it. What a clock that was further off has stamped is not found by time.
 */
const LARGEST_SET_BACK_MS = 24 * 3_600_000;

/**
 * `after`: the number of the last run looked at. With an agent and a template a page
 * may be short, or empty, and still have a next one.
 */
export function listRuns(
  source: Source,
  filter: RunFilter,
  after: number | null,
): Slice<RunSummary> {
  const isWindowed = filter.status !== "interrupted" && filter.idPrefix === undefined &&
    filter.agentId !== undefined && filter.templateName !== undefined;
  const beyond = isWindowed ? windowEnd(source, filter, after) : null;
  // Of two bounds at one end the planner takes any; the window ends within the time asked for.
  const from = beyond === null ? firstOf(source, filter) : null;
  const { inner, bound } = numbersOf(filter, {
    ...conditions(filter, { after, from }),
    isWindowed,
    beyond,
  });
  const rows = source.rows(
    `SELECT ${BARE_HEAD.columns("r")}, p.id AS parent_id,
       ${smallText("r.error")} AS error, ${sizeOf("r.error")} AS error_size${
      filter.brief ? "" : MEASURED
    } FROM runs r
     LEFT JOIN runs p ON p.run_no = r.parent_run_no
     LEFT JOIN events e ON e.run_no = r.run_no AND e.seq = r.output_seq
     WHERE r.run_no IN (${inner}) ORDER BY r.run_no DESC`,
    bound,
  );
  const listed = (size: number = 0) => size > LARGEST_LISTED ? 0 : size;
  const sizes = (raw: Raw) => listed(raw.params_size) + listed(raw.output_size);
  return { ...sliceRows(rows, filter.limit, sizes, (raw) => summary(source, raw)), beyond };
}

/** The query of a page's run numbers, by the index that has what the filter names, and its values. */
function numbersOf(
  filter: RunFilter,
  { where, values, isWindowed, beyond }: {
    /** What the other criteria ask for. */
    where: string;
    values: Values;
    /** Whether only the runs of an agent from `beyond` on are looked at. */
    isWindowed: boolean;
    beyond: Values | null;
  },
): { inner: string; bound: Values } {
  const count = filter.limit + 1;
  const page = "ORDER BY run_no DESC LIMIT ?";
  if (filter.idPrefix !== undefined) {
    const status = filter.status === undefined
      ? ""
      : filter.status === "interrupted"
      ? ` AND ${INTERRUPTED}`
      : ` AND status = ${statusCode(filter.status)}`;
    const inner = `SELECT run_no FROM runs INDEXED BY sqlite_autoindex_runs_1
      WHERE id >= ? AND id < ?${status}${where} ${page}`;
    return { inner, bound: [filter.idPrefix, `${filter.idPrefix}~`, ...values, count] };
  }
  if (filter.status === "interrupted") {
    // Few, so the other criteria are looked for among them.
    const index = filter.agentId === undefined ? "runs_interrupted" : "runs_interrupted_by_agent";
    const parent = filter.parentRunNo === undefined ? "" : " AND parent_run_no = ?";
    const inner = `SELECT run_no FROM runs INDEXED BY ${index}
      WHERE ${INTERRUPTED}${where}${parent} ${page}`;
    const below = filter.parentRunNo === undefined ? [] : [filter.parentRunNo];
    return { inner, bound: [...values, ...below, count] };
  }
  if (filter.parentRunNo !== undefined) {
    const status = filter.status === undefined ? "" : ` AND status = ${statusCode(filter.status)}`;
    const inner = `SELECT run_no FROM runs WHERE parent_run_no = ?${status}${where} ${page}`;
    return { inner, bound: [filter.parentRunNo, ...values, count] };
  }
  // The indexes have the status before the number: one range a status, merged, is in list order.
  const statuses = filter.status === undefined ? RUN_STATUSES : [filter.status];
  const table = isWindowed ? "runs INDEXED BY runs_by_agent" : "runs";
  const end = beyond === null ? "" : " AND run_no >= ?";
  const ranges = statuses.map((status) =>
    `SELECT * FROM (SELECT run_no FROM ${table}
         WHERE status = ${statusCode(status)}${where}${end} ${page})`
  );
  const inner = `SELECT run_no FROM (${ranges.join(" UNION ALL ")}) ${page}`;
  return { inner, bound: [...statuses.flatMap(() => [...values, ...beyond ?? [], count]), count] };
}

/** The last of the agent's runs that a read looks at; null when it can look at all that are left. */
function windowEnd(
  source: Source,
  { templateName: _, ...filter }: RunFilter,
  after: number | null,
): [number] | null {
  const { where, values } = conditions(filter, { after, from: firstOf(source, filter) });
  const order = "ORDER BY run_no DESC LIMIT";
  const statuses = filter.status === undefined ? RUN_STATUSES : [filter.status as RunStatus];
  const ranges = statuses.map((status) =>
    `SELECT * FROM (SELECT run_no FROM runs INDEXED BY runs_by_agent
       WHERE status = ${statusCode(status)}${where} ${order} ${WINDOW})`
  );
  const last = source.row(
    `SELECT * FROM (${ranges.join(" UNION ALL ")}) ${order} 1 OFFSET ${WINDOW - 1}`,
    statuses.flatMap(() => values),
  );
  return last === undefined ? null : [last.run_no];
}

/** The number before which none of the time asked for is; null when it may be any. */
function firstOf(source: Source, { since }: RunFilter): number | null {
  if (since === undefined) return null;
  const before = source.row(
    "SELECT run_no FROM runs WHERE created_at < ? ORDER BY created_at DESC, run_no DESC LIMIT 1",
    [since - LARGEST_SET_BACK_MS],
  );
  return before === undefined ? null : before.run_no + 1;
}

/** Numbers below `after` and from `from` on. */
function conditions(
  filter: RunFilter,
  { after, from }: { after: number | null; from: number | null },
) {
  let where = "";
  const values: Values = [];
  const add = (condition: string, ...bound: Values) => {
    where += ` AND ${condition}`;
    values.push(...bound);
  };
  if (filter.agentId !== undefined) add("agent_id = ?", filter.agentId);
  if (filter.templateName !== undefined) add("template_name = ?", filter.templateName);
  if (filter.since !== undefined) add("created_at >= ?", filter.since);
  if (from !== null) add("run_no >= ?", from);
  if (after !== null) add("run_no < ?", after);
  return { where, values };
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
