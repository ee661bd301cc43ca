// How runs are listed: newest first, by any filter, without walking the history.

import { RUN_STATUSES } from "../../../../core/status.ts";
import { outputOf } from "../../output.ts";
import { type Slice, sliceRows } from "../../page.ts";
import type { RunFilter, RunSummary } from "../../store.ts";
import { type Raw, type Source, statusCode } from "./source.ts";

type Values = (number | string | null)[];

/** `after`: the (created_at, run_no) of the last run shown. */
export function listRuns(
  source: Source,
  filter: RunFilter,
  after: [number, number] | null,
): Slice<RunSummary> {
  const count = filter.limit + 1;
  const { where, values } = conditions(filter, after);
  const page = "ORDER BY created_at DESC, run_no DESC LIMIT ?";
  let inner: string;
  let bound: Values;
  if (filter.parentRunNo !== undefined) {
    const status = filter.status === undefined ? "" : ` AND status = ${statusCode(filter.status)}`;
    inner = `SELECT run_no FROM runs WHERE parent_run_no = ?${status}${where} ${page}`;
    bound = [filter.parentRunNo, ...values, count];
  } else {
    // The indexes have the status before the time: one range a status, merged, is in list order.
    const statuses = filter.status === undefined ? RUN_STATUSES : [filter.status];
    const ranges = statuses.map((status) =>
      `SELECT * FROM (SELECT run_no, created_at FROM runs
         WHERE status = ${statusCode(status)}${where} ${page})`
    );
    inner = `SELECT run_no FROM (${ranges.join(" UNION ALL ")}) ${page}`;
    bound = [...statuses.flatMap(() => [...values, count]), count];
  }
  const rows = source.rows(
    `SELECT r.*, p.id AS parent_id, e.payload FROM runs r
     LEFT JOIN runs p ON p.run_no = r.parent_run_no
     LEFT JOIN events e ON e.run_no = r.run_no AND e.seq = r.output_seq
     WHERE r.run_no IN (${inner}) ORDER BY r.created_at DESC, r.run_no DESC`,
    bound,
  );
  return sliceRows(rows, filter.limit, (raw) => summary(source, raw));
}

function conditions(filter: RunFilter, after: [number, number] | null) {
  let where = "";
  const values: Values = [];
  const add = (condition: string, ...bound: Values) => {
    where += ` AND ${condition}`;
    values.push(...bound);
  };
  if (filter.agentId !== undefined) add("agent_id = ?", filter.agentId);
  if (filter.templateName !== undefined) add("template_name = ?", filter.templateName);
  if (filter.since !== undefined) add("created_at >= ?", filter.since);
  if (after !== null) add("(created_at, run_no) < (?, ?)", ...after);
  return { where, values };
}

function summary(source: Source, raw: Raw): RunSummary {
  return {
    run: source.run(raw),
    parentId: raw.parent_id,
    output: outputOf(source.text(raw.payload)),
  };
}

export function openRuns(source: Source, afterRunNo: number, limit: number) {
  return source.rows(
    `SELECT run_no AS runNo, id FROM runs INDEXED BY runs_open
     WHERE status <= 1 AND run_no > ? ORDER BY run_no LIMIT ?`,
    [afterRunNo, limit],
  ) as { runNo: number; id: string }[];
}

export function openChildren(source: Source, runNo: number) {
  return source.rows(
    `SELECT run_no AS runNo, id FROM runs
     WHERE parent_run_no = ? AND status <= ${statusCode("suspended")} ORDER BY run_no`,
    [runNo],
  ) as { runNo: number; id: string }[];
}

export function unfinishedChildren(source: Source) {
  return source.rows(
    `SELECT run_no AS runNo, parent_run_no AS parentRunNo FROM runs INDEXED BY runs_by_status
     WHERE status <= ${statusCode("suspended")} AND parent_run_no IS NOT NULL ORDER BY run_no`,
  ) as { runNo: number; parentRunNo: number }[];
}
