// Which decisions there are: those that a run waits for, or a list by any filter, newest first.

import { DECISION_STATUSES, type DecisionStatus } from "../../../../core/status.ts";
import { eventCode } from "../../../journal/event-types.ts";
import {
  contextShare,
  cutContext,
  isLookedInto,
  lacksOutputs,
  LOOKED_BACK,
  outputShare,
  ShownOutputs,
} from "../../cut.ts";
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
import type { Dialect } from "../dialect.ts";
import { DEADLINE_COLUMN } from "../indexed.ts";
import type { Raw, Reading, Value } from "../reading.ts";
import type { Source } from "../source.ts";
import { eventPayload } from "./events.ts";
import { DECISION } from "./rows.ts";

const PENDING = DECISION_STATUSES.indexOf("pending");
const NEWEST = "no DESC";
/** As it is in the index. */
const DEADLINE = DEADLINE_COLUMN;
const SOONEST = `${DEADLINE}, id`;

/** The rows with the texts they point to measured, in list order; `which` picks them as `d`. */
const measured = ({ contentSize }: Dialect, which: string, by = NEWEST) =>
  `SELECT ${DECISION.columns("d")}, r.id AS run_id,
     asked.id AS asked_id, ${contentSize("asked.payload")} AS context_size,
     answered.id AS answered_id, ${contentSize("answered.payload")} AS resolution_size
   FROM decisions d CROSS JOIN runs r
   LEFT JOIN events asked ON asked.run_no = d.run_no AND asked.seq = d.requested_seq
   LEFT JOIN events answered ON answered.run_no = d.run_no AND answered.seq = d.resolved_seq
   WHERE ${which} AND r.run_no = d.run_no ORDER BY ${
    by.replaceAll(/\b(no|id|timeout_at)\b/g, "d.$1")
  }`;

/** What a run waits for. */
export function* pendingDecisions(source: Source, runNo: number): Reading<DecisionRow[]> {
  const rows = yield* source.rows(
    `SELECT ${DECISION.columns()} FROM decisions WHERE run_no = ? AND status = ${PENDING} ORDER BY ${NEWEST}`,
    [runNo],
  );
  return rows.map(DECISION.decode);
}

/** One question, open or not. */
export function* decisionById(source: Source, id: string): Reading<OneDecision | null> {
  const raw = yield* source.row(
    `SELECT ${DECISION.columns("d")}, r.id AS run_id, v.revoked_at AS revoked_at
     FROM decisions d CROSS JOIN runs r
     LEFT JOIN revoked_links v ON v.run_no = d.run_no AND v.decision_id = d.id
     WHERE d.id = ? AND r.run_no = d.run_no`,
    [id],
  );
  if (raw === undefined) return null;
  const { run_id: runId, revoked_at: linksRevokedAt } = raw;
  return { ...DECISION.decode(raw), runId, linksRevokedAt };
}

/** The newest of them with their questions, which get `room` bytes together. */
export function* askedDecisions(
  source: Source,
  runNo: number,
  { limit, room }: { limit: number; room: number },
): Reading<Slice<StoredDecision>> {
  const which = `d.run_no = ? AND d.status = ${PENDING}`;
  const sql = `${measured(source.dialect, which)} LIMIT ?`;
  const rows = yield* source.rows(sql, [runNo, limit + 1]);
  const asked = yield* withTexts(source, rows.slice(0, limit), room);
  return { rows: asked, more: rows.length > limit };
}

/** Decisions that one read looks at for those of an agent or target, which no index has. */
const WINDOW = 2_000;

/**
 * `after`: the key of the last decision looked at. With an agent or a target a page may
 * be short, or empty, and still have a next one.
 */
export function* listDecisions(
  source: Source,
  filter: DecisionFilter,
  after: Key | null,
): Reading<Slice<StoredDecision>> {
  const { dialect } = source;
  const ranges = yield* rangesOf(source, filter, after);
  if (ranges === null) return { rows: [], more: false };
  if (filter.id !== undefined) return yield* oneDecision(source, filter, ranges);
  const beyond = yield* windowEnd(source, filter, ranges);
  const { sql, values } = merged(dialect, ranges, { beyond, filter, limit: filter.limit + 1 });
  const by = ranges.order === "deadline" ? SOONEST : NEWEST;
  const rows = yield* source.rows(
    measured(dialect, `d.no IN (SELECT no FROM (${sql}) AS found)`, by),
    values,
  );
  return {
    rows: yield* withTexts(source, rows.slice(0, filter.limit), filter.room ?? Infinity),
    more: rows.length > filter.limit,
    beyond,
  };
}

/** How many there are, as far as that is counted. */
export function* countDecisions(source: Source, filter: DecisionFilter): Reading<Counted> {
  const ranges = yield* rangesOf(source, filter, null);
  if (ranges === null) return { total: 0, isAll: true };
  const beyond = yield* windowEnd(source, filter, ranges);
  const { sql, values } = merged(source.dialect, ranges, {
    beyond,
    filter,
    limit: MOST_COUNTED + 1,
  });
  const row = yield* source.row(`SELECT count(*) AS n FROM (${sql}) AS found`, values);
  const n: number = row!.n;
  return { total: Math.min(n, MOST_COUNTED), isAll: n <= MOST_COUNTED && beyond === null };
}

interface Ranges {
  order: DecisionOrder;
  statuses: readonly DecisionStatus[];
  /** What all of them have in common. */
  of: { where: string; values: readonly Value[] };
  /** What else is asked of those by deadline, which no index has in this order; null: nothing. */
  ofRun: number | null;
}

/** Null when it is of a run that is not there. */
function* rangesOf(
  source: Source,
  filter: DecisionFilter,
  after: Key | null,
): Reading<Ranges | null> {
  let where = "";
  const values: Value[] = [];
  const add = (condition: string, ...bound: Value[]) => {
    where += ` AND ${condition}`;
    values.push(...bound);
  };
  const { order = "newest" } = filter;
  let ofRun: number | null = null;
  if (filter.runId !== undefined) {
    const run = yield* source.row("SELECT run_no FROM runs WHERE id = ?", [filter.runId]);
    if (run === undefined) return null;
    if (order === "newest") add("run_no = ?", run.run_no);
    else ofRun = run.run_no;
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
  return { order, statuses, of: { where, values }, ofRun };
}

/** The first of all ranges; one a status, merged, is in list order: the indexes have it before the number. */
function merged(
  { indexedBy, unsearched }: Dialect,
  { order, statuses, of, ofRun }: Ranges,
  { beyond, filter, limit }: { beyond: Key | null; filter?: DecisionFilter; limit: number },
): { sql: string; values: Value[] } {
  const isByDeadline = order === "deadline";
  let { where } = of;
  const values = [...of.values];
  const add = (condition: string, ...bound: Value[]) => {
    where += ` AND ${condition}`;
    values.push(...bound);
  };
  if (beyond !== null && isByDeadline) {
    add(`${DEADLINE} <= ? AND (${DEADLINE} < ? OR id <= ?)`, beyond[0]!, beyond[0]!, beyond[1]!);
  } else if (beyond !== null) add("no >= (SELECT no FROM decisions WHERE id = ?)", beyond[0]!);
  // The index is walked in its order, whatever else is asked for; who looks for an end asks for nothing.
  if (filter !== undefined) {
    const { agentId, targetAgentId } = filter;
    if (ofRun !== null) add(`${unsearched("run_no")} = ?`, ofRun);
    if (agentId !== undefined) add(`${unsearched("agent_id")} = ?`, agentId);
    if (targetAgentId !== undefined) add(`${unsearched("target_agent_id")} = ?`, targetAgentId);
  }
  const from = isByDeadline ? `decisions ${indexedBy("decisions_by_deadline")}` : "decisions";
  const columns = isByDeadline ? `no, id, timeout_at` : "no";
  const by = isByDeadline ? SOONEST : NEWEST;
  const each = statuses.map((status) =>
    `SELECT * FROM (SELECT ${columns} FROM ${from}
       WHERE status = ${
      DECISION_STATUSES.indexOf(status)
    }${where} ORDER BY ${by} LIMIT ${limit}) AS part`
  );
  return {
    sql: `SELECT * FROM (${each.join(" UNION ALL ")}) AS parts ORDER BY ${by} LIMIT ${limit}`,
    values: statuses.flatMap(() => values),
  };
}

/** The last decision that a read looks at; null when it can look at all that are left. */
function* windowEnd(
  source: Source,
  { agentId, targetAgentId }: DecisionFilter,
  ranges: Ranges,
): Reading<Key | null> {
  const isKnown = agentId === undefined && targetAgentId === undefined && ranges.ofRun === null;
  if (isKnown) return null;
  const { sql, values } = merged(source.dialect, ranges, { beyond: null, limit: WINDOW });
  const last = yield* source.row(
    `SELECT id, timeout_at FROM decisions
     WHERE no = (SELECT no FROM (${sql}) AS found LIMIT 1 OFFSET ${WINDOW - 1})`,
    values,
  );
  return last === undefined
    ? null
    : decisionKey(ranges.order, { id: last.id, timeoutAt: last.timeout_at });
}

/** The one that the filter names, if all else that it asks for is so. */
function* oneDecision(
  source: Source,
  { id, status, agentId, targetAgentId, room = Infinity }: DecisionFilter,
  { of: { where, values }, ofRun }: Ranges,
): Reading<Slice<StoredDecision>> {
  const asked = {
    status: status && DECISION_STATUSES.indexOf(status),
    agentId,
    targetAgentId,
    runNo: ofRun ?? undefined,
  };
  const rows = yield* source.rows(
    measured(
      source.dialect,
      `d.no = (SELECT no FROM decisions ${source.dialect.indexedBy("decisions_by_id")}
       WHERE id = ?${where})`,
    ),
    [id!, ...values],
  );
  const found = rows.filter((raw) => {
    const row: Record<string, unknown> = {
      status: raw.status,
      agentId: raw.agent_id,
      targetAgentId: raw.target_agent_id,
      runNo: raw.run_no,
    };
    return Object.entries(asked).every(([name, value]) =>
      value === undefined || row[name] === value
    );
  });
  return { rows: yield* withTexts(source, found, room), more: false };
}

/** `room`: bytes for the contexts of all of them. */
function* withTexts(source: Source, rows: Raw[], room: number): Reading<StoredDecision[]> {
  const sizes = rows.map((raw) => raw.context_size);
  const most = contextShare(sizes, room);
  const forOutputs = outputShare(sizes, room);
  // What is cut may be large: of those one at a time is in memory.
  const whole = rows.filter((raw) => raw.context_size <= most).map((raw) => raw.asked_id);
  const shown = rows.filter(({ resolution_size: size }) => size > 0 && size <= LARGEST_LISTED)
    .map((raw) => raw.answered_id);
  const texts = yield* source.payloads([...whole, ...shown].filter((id) => id !== null));
  const decisions: StoredDecision[] = [];
  for (const raw of rows) {
    const { run_no: runNo, context_size: size, resolution_size, requested_seq: asked } = raw;
    const isCut = size > most;
    const text = !isCut
      ? texts.get(raw.asked_id) ?? null
      : isLookedInto(size, most)
      ? yield* eventPayload(source, runNo, asked)
      : null;
    const context = cutContext(size, most, text);
    decisions.push({
      ...DECISION.decode(raw),
      runId: raw.run_id,
      context: isCut || !lacksOutputs(context)
        ? context
        : yield* withOutputs(source, context, { runNo, asked, room: forOutputs }),
      contextCut: isCut,
      resolution: resolution_size > LARGEST_LISTED
        ? JSON.stringify({ truncated: true, size: resolution_size })
        : texts.get(raw.answered_id) ?? null,
    });
  }
  return decisions;
}

const COMPLETED = eventCode("step_completed");

/** The context with the outputs of steps that had completed when it was asked, as far as it is looked back. */
function* withOutputs(
  source: Source,
  context: string,
  { runNo, asked, room }: { runNo: number; asked: number; room: number },
): Reading<string> {
  const from = asked - LOOKED_BACK;
  const { contentSize, unsearched } = source.dialect;
  const rows = yield* source.rows(
    `SELECT seq, step_id, ${contentSize("payload")} AS size FROM events
     WHERE run_no = ? AND seq >= ? AND seq < ? AND ${unsearched("type")} = ${COMPLETED}
     ORDER BY seq DESC LIMIT ?`,
    [runNo, from, asked, room > 0 ? LOOKED_BACK : 1],
  );
  const outputs = new ShownOutputs(room);
  for (const { seq, step_id: stepId, size } of rows) {
    if (outputs.has(stepId)) continue;
    if (!outputs.hasRoom(stepId, size)) break;
    outputs.add(stepId, outputOf(yield* eventPayload(source, runNo, seq)));
  }
  return outputs.in(context, from <= 1);
}
