// Which decisions there are: those that a run waits for, or a list by any filter, newest first.

import { DECISION_STATUSES } from "../../../../core/status.ts";
import { type Slice, sliceRows } from "../../page.ts";
import type { DecisionFilter, StoredDecision } from "../../store.ts";
import type { Raw, Source } from "./source.ts";

const PENDING = DECISION_STATUSES.indexOf("pending");
const NEWEST = "created_at DESC, id DESC";

/** The rows with the texts they point to, in list order; `which` picks them as `d`. */
const withTexts = (which: string) =>
  `SELECT d.*, r.id AS run_id, asked.payload AS context, answered.payload AS resolution
   FROM decisions d CROSS JOIN runs r ON r.run_no = d.run_no
   LEFT JOIN events asked ON asked.run_no = d.run_no AND asked.seq = d.requested_seq
   LEFT JOIN events answered ON answered.run_no = d.run_no AND answered.seq = d.resolved_seq
   WHERE ${which} ORDER BY d.created_at DESC, d.id DESC`;

/** What a run waits for. */
export function pendingDecisions(source: Source, runNo: number): StoredDecision[] {
  const sql = withTexts(`d.run_no = ? AND d.status = ${PENDING}`);
  return source.rows(sql, [runNo]).map((raw) => stored(source, raw));
}

/**
 * `after`: the (created_at, id) of the last decision shown. An agent or a target has no index of its
 * own: what is asked for most, the pending ones, are as few as the runs that wait.
 */
export function listDecisions(
  source: Source,
  filter: DecisionFilter,
  after: [number, string] | null,
): Slice<StoredDecision> {
  let where = "";
  const values: (number | string)[] = [];
  const add = (condition: string, ...bound: (number | string)[]) => {
    where += ` AND ${condition}`;
    values.push(...bound);
  };
  if (filter.runId !== undefined) {
    const run = source.row("SELECT run_no FROM runs WHERE id = ?", [filter.runId]);
    if (run === undefined) return { rows: [], more: false };
    add("run_no = ?", run.run_no);
  }
  if (filter.agentId !== undefined) add("agent_id = ?", filter.agentId);
  if (filter.targetAgentId !== undefined) add("target_agent_id = ?", filter.targetAgentId);
  if (after !== null) add("(created_at, id) < (?, ?)", ...after);
  const count = filter.limit + 1;
  // The indexes have the status before the time: one range a status, merged, is in list order.
  const statuses = filter.status === undefined ? DECISION_STATUSES : [filter.status];
  const ranges = statuses.map((status) =>
    `SELECT * FROM (SELECT no, created_at, id FROM decisions
       WHERE status = ${DECISION_STATUSES.indexOf(status)}${where} ORDER BY ${NEWEST} LIMIT ?)`
  );
  const page = `SELECT no FROM (${ranges.join(" UNION ALL ")}) ORDER BY ${NEWEST} LIMIT ?`;
  const bound = [...statuses.flatMap(() => [...values, count]), count];
  const rows = source.rows(withTexts(`d.no IN (${page})`), bound);
  return sliceRows(rows, filter.limit, (raw) => stored(source, raw));
}

function stored(source: Source, raw: Raw): StoredDecision {
  return {
    ...source.decision(raw),
    runId: raw.run_id,
    context: source.text(raw.context) ?? "null",
    resolution: source.text(raw.resolution),
  };
}
