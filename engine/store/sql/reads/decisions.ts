// Which decisions there are: those that a run waits for, or a list by any filter, newest first.

import { DECISION_STATUSES, type DecisionStatus } from "../../../../core/status.ts";
import { eventCode } from "../../../journal/event-types.ts";
import { contextShare, cutContext, LOOKED_BACK, outputShare, withOutputs } from "../../cut.ts";
import type { Key } from "../../cursor.ts";
import { decisionKey } from "../../decision-order.ts";
import { outputOf } from "../../output.ts";
import { LARGEST_LISTED, type Slice } from "../../page.ts";
import {
  type Counted,
  type DecisionFilter,
  type DecisionOrder,
  type DecisionRow,
  MOST_COUNTED,
  type OneDecision,
  type StoredDecision,
} from "../../store.ts";
import { DEADLINE_COLUMN } from "../../libsql/migrations.ts";
import { eventPayload } from "./events.ts";
import { DECISION } from "./rows.ts";
import { sizeOf } from "./sizes.ts";
import type { Raw, Source } from "../source.ts";

const PENDING = DECISION_STATUSES.indexOf("pending");
const NEWEST = "no DESC";
/** As it is in the index. */
const DEADLINE = DEADLINE_COLUMN;
const SOONEST = `${DEADLINE}, id`;

/** The rows with the texts they point to measured, in list order; `which` picks them as `d`. */
const measured = (which: string, by = NEWEST) =>
  `SELECT ${DECISION.columns("d")}, r.id AS run_id, ${sizeOf("asked.payload")} AS context_size,
     ${sizeOf("answered.payload")} AS resolution_size
   FROM decisions d CROSS JOIN runs r ON r.run_no = d.run_no
   LEFT JOIN events asked ON asked.run_no = d.run_no AND asked.seq = d.requested_seq
   LEFT JOIN events answered ON answered.run_no = d.run_no AND answered.seq = d.resolved_seq
   WHERE ${which} ORDER BY ${by.replaceAll(/\b(no|id|timeout_at)\b/g, "d.$1")}`;

/** What a run waits for. */
export function pendingDecisions(source: Source, runNo: number): DecisionRow[] {
  const rows = source.rows(
    `SELECT ${DECISION.columns()} FROM decisions WHERE run_no = ? AND status = ${PENDING} ORDER BY ${NEWEST}`,
    [runNo],
  );
  return rows.map((raw) => DECISION.decode(source, raw));
}

/** One question, open or not. */
export function decisionById(source: Source, id: string): OneDecision | null {
  const raw = source.row(
    `SELECT ${DECISION.columns("d")}, r.id AS run_id, v.revoked_at AS revoked_at
     FROM decisions d CROSS JOIN runs r ON r.run_no = d.run_no
     LEFT JOIN revoked_links v ON v.run_no = d.run_no AND v.decision_id = d.id
     WHERE d.id = ?`,
    [id],
  );
  if (raw === undefined) return null;
  const { run_id: runId, revoked_at: linksRevokedAt } = raw;
  return { ...DECISION.decode(source, raw), runId, linksRevokedAt };
}

/** The newest of them with their questions, which get `room` bytes together. */
export function askedDecisions(
  source: Source,
  runNo: number,
  { limit, room }: { limit: number; room: number },
): Slice<StoredDecision> {
  const sql = measured(`d.run_no = ? AND d.status = ${PENDING}`) + " LIMIT ?";
  const rows = source.rows(sql, [runNo, limit + 1]);
  return { rows: withTexts(source, rows.slice(0, limit), room), more: rows.length > limit };
}

/** Decisions that one read looks at for those of an agent or target, which no index has. */
const WINDOW = 2_000;

/**
 * `after`: the key of the last decision looked at. With an agent or a target a page may
 * be short, or empty, and still have a next one.
 */
export function listDecisions(
  source: Source,
  filter: DecisionFilter,
  after: Key | null,
): Slice<StoredDecision> {
  const ranges = rangesOf(source, filter, after);
  if (ranges === null) return { rows: [], more: false };
  if (filter.id !== undefined) return oneDecision(source, filter, ranges.of);
  const beyond = windowEnd(source, filter, ranges);
  const { sql, values } = merged(ranges, { beyond, filter, limit: filter.limit + 1 });
  const rows = source.rows(
    measured(`d.no IN (SELECT no FROM (${sql}))`, ranges.order === "deadline" ? SOONEST : NEWEST),
    values,
  );
  return {
    rows: withTexts(source, rows.slice(0, filter.limit), filter.room ?? Infinity),
    more: rows.length > filter.limit,
    beyond,
  };
}

/** How many there are, as far as that is counted. */
export function countDecisions(source: Source, filter: DecisionFilter): Counted {
  const ranges = rangesOf(source, filter, null);
  if (ranges === null) return { total: 0, isAll: true };
  const beyond = windowEnd(source, filter, ranges);
  const { sql, values } = merged(ranges, { beyond, filter, limit: MOST_COUNTED + 1 });
  const { n } = source.row(`SELECT count(*) AS n FROM (${sql})`, values)!;
  return { total: Math.min(n, MOST_COUNTED), isAll: n <= MOST_COUNTED && beyond === null };
}

interface Ranges {
  order: DecisionOrder;
  statuses: readonly DecisionStatus[];
  /** What all of them have in common. */
  of: { where: string; values: readonly (number | string)[] };
}

/** Null when it is of a run that is not there. */
function rangesOf(source: Source, filter: DecisionFilter, after: Key | null): Ranges | null {
  let where = "";
  const values: (number | string)[] = [];
  const add = (condition: string, ...bound: (number | string)[]) => {
    where += ` AND ${condition}`;
    values.push(...bound);
  };
  const { order = "newest" } = filter;
  if (filter.runId !== undefined) {
    const run = source.row("SELECT run_no FROM runs WHERE id = ?", [filter.runId]);
    if (run === undefined) return null;
    // By deadline it is looked for among the pending ones.
    add(order === "deadline" ? "+run_no = ?" : "run_no = ?", run.run_no);
  }
  if (after !== null && order === "newest") {
    add("no < (SELECT no FROM decisions WHERE id = ?)", after[0]!);
  } else if (order === "deadline" && after === null) add(`${DEADLINE} >= 0`);
  else if (after !== null) {
    add(`${DEADLINE} >= ? AND (${DEADLINE} > ? OR id > ?)`, after[0]!, after[0]!, after[1]!);
  }
  const statuses = order === "deadline"
    ? ["pending"] as const
    : filter.status === undefined
    ? DECISION_STATUSES
    : [filter.status];
  return { order, statuses, of: { where, values } };
}

/** The first of all ranges; one a status, merged, is in list order: the indexes have it before the number. */
function merged(
  { order, statuses, of }: Ranges,
  { beyond, filter, limit }: { beyond: Key | null; filter?: DecisionFilter; limit: number },
): { sql: string; values: (number | string)[] } {
  const isByDeadline = order === "deadline";
  let { where } = of;
  const values = [...of.values];
  const add = (condition: string, ...bound: (number | string)[]) => {
    where += ` AND ${condition}`;
    values.push(...bound);
  };
  if (beyond !== null && isByDeadline) {
    add(`${DEADLINE} <= ? AND (${DEADLINE} < ? OR id <= ?)`, beyond[0]!, beyond[0]!, beyond[1]!);
  } else if (beyond !== null) add("no >= (SELECT no FROM decisions WHERE id = ?)", beyond[0]!);
  // The index is walked in its order, whatever else is asked for.
  if (filter?.agentId !== undefined) add("+agent_id = ?", filter.agentId);
  if (filter?.targetAgentId !== undefined) add("+target_agent_id = ?", filter.targetAgentId);
  const from = isByDeadline ? "decisions INDEXED BY decisions_by_deadline" : "decisions";
  const columns = isByDeadline ? `no, id, timeout_at` : "no";
  const by = isByDeadline ? SOONEST : NEWEST;
  const each = statuses.map((status) =>
    `SELECT * FROM (SELECT ${columns} FROM ${from}
       WHERE status = ${DECISION_STATUSES.indexOf(status)}${where} ORDER BY ${by} LIMIT ${limit})`
  );
  return {
    sql: `SELECT * FROM (${each.join(" UNION ALL ")}) ORDER BY ${by} LIMIT ${limit}`,
    values: statuses.flatMap(() => values),
  };
}

/** The last decision that a read looks at; null when it can look at all that are left. */
function windowEnd(source: Source, filter: DecisionFilter, ranges: Ranges): Key | null {
  const isOfRun = ranges.order === "deadline" && filter.runId !== undefined;
  if (filter.agentId === undefined && filter.targetAgentId === undefined && !isOfRun) return null;
  // Whose run it is no index has in this order: what is looked at is counted without it.
  const { where, values } = ranges.of;
  const of = isOfRun
    ? { where: where.replace(" AND +run_no = ?", ""), values: values.slice(1) }
    : ranges.of;
  const { sql, values: bound } = merged({ ...ranges, of }, { beyond: null, limit: WINDOW });
  const last = source.row(
    `SELECT id, timeout_at FROM decisions
     WHERE no = (SELECT no FROM (${sql}) LIMIT 1 OFFSET ${WINDOW - 1})`,
    bound,
  );
  return last === undefined
    ? null
    : decisionKey(ranges.order, { id: last.id, timeoutAt: last.timeout_at });
}

/** The one that the filter names, if all else that it asks for is so. */
function oneDecision(
  source: Source,
  { id, status, agentId, targetAgentId, room = Infinity }: DecisionFilter,
  { where, values }: Ranges["of"],
): Slice<StoredDecision> {
  const asked = { status: status && DECISION_STATUSES.indexOf(status), agentId, targetAgentId };
  const rows = source.rows(
    measured(`d.no = (SELECT no FROM decisions INDEXED BY sqlite_autoindex_decisions_1
       WHERE id = ?${where})`),
    [id!, ...values],
  );
  const found = rows.filter((raw) => {
    const row = { status: raw.status, agentId: raw.agent_id, targetAgentId: raw.target_agent_id };
    return Object.entries(asked).every(([name, value]) =>
      value === undefined || row[name as keyof typeof row] === value
    );
  });
  return { rows: withTexts(source, found, room), more: false };
}

/** `room`: bytes for the contexts of all of them. */
function withTexts(source: Source, rows: Raw[], room: number): StoredDecision[] {
  const sizes = rows.map((raw) => raw.context_size);
  const most = contextShare(sizes, room);
  const forOutputs = outputShare(sizes, room);
  return rows.map((raw) => {
    const { run_no: runNo, context_size: size, resolution_size, requested_seq: asked } = raw;
    const context = cutContext(size, most, () => eventPayload(source, runNo, asked));
    return {
      ...DECISION.decode(source, raw),
      runId: raw.run_id,
      context: size > most ? context : withOutputs(
        context,
        forOutputs,
        (limit) => completedBefore(source, { runNo, seq: asked, limit }),
      ),
      contextCut: size > most,
      resolution: resolution_size > LARGEST_LISTED
        ? JSON.stringify({ truncated: true, size: resolution_size })
        : resolution_size > 0
        ? eventPayload(source, runNo, raw.resolved_seq)
        : null,
    };
  });
}

const COMPLETED = eventCode("step_completed");

/** The steps that had completed when a question was asked, as far as it is looked back. */
function completedBefore(
  source: Source,
  { runNo, seq, limit }: { runNo: number; seq: number; limit: number },
) {
  const from = seq - LOOKED_BACK;
  const rows = source.rows(
    `SELECT seq, step_id, ${sizeOf("payload")} AS size FROM events
     WHERE run_no = ? AND seq >= ? AND seq < ? AND +type = ${COMPLETED} ORDER BY seq DESC LIMIT ?`,
    [runNo, from, seq, limit],
  );
  const steps = rows.map((raw) => ({
    stepId: raw.step_id as string,
    size: raw.size as number,
    output: () => outputOf(eventPayload(source, runNo, raw.seq)),
  }));
  return { steps, isAll: from <= 1 };
}
