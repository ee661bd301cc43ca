// Which decisions there are: those that a run waits for, or a list by any filter, newest first.

import { DECISION_STATUSES } from "../../../../core/status.ts";
import { eventCode } from "../../../journal/event-types.ts";
import { contextShare, cutContext, LOOKED_BACK, outputShare, withOutputs } from "../../cut.ts";
import { outputOf } from "../../output.ts";
import { LARGEST_LISTED, type Slice } from "../../page.ts";
import type { DecisionFilter, DecisionRow, StoredDecision } from "../../store.ts";
import { eventPayload } from "./events.ts";
import { DECISION } from "./rows.ts";
import { sizeOf } from "./sizes.ts";
import type { Raw, Source } from "./source.ts";

const PENDING = DECISION_STATUSES.indexOf("pending");
const NEWEST = "no DESC";

/** The rows with the texts they point to measured, in list order; `which` picks them as `d`. */
const measured = (which: string) =>
  `SELECT ${DECISION.columns("d")}, r.id AS run_id, ${sizeOf("asked.payload")} AS context_size,
     ${sizeOf("answered.payload")} AS resolution_size
   FROM decisions d CROSS JOIN runs r ON r.run_no = d.run_no
   LEFT JOIN events asked ON asked.run_no = d.run_no AND asked.seq = d.requested_seq
   LEFT JOIN events answered ON answered.run_no = d.run_no AND answered.seq = d.resolved_seq
   WHERE ${which} ORDER BY d.no DESC`;

/** What a run waits for. */
export function pendingDecisions(source: Source, runNo: number): DecisionRow[] {
  const rows = source.rows(
    `SELECT ${DECISION.columns()} FROM decisions WHERE run_no = ? AND status = ${PENDING} ORDER BY ${NEWEST}`,
    [runNo],
  );
  return rows.map((raw) => DECISION.decode(source, raw));
}

/** One question, open or not. */
export function decisionById(
  source: Source,
  id: string,
): DecisionRow & { runId: string } | null {
  const raw = source.row(
    `SELECT ${
      DECISION.columns("d")
    }, r.id AS run_id FROM decisions d CROSS JOIN runs r ON r.run_no = d.run_no
     WHERE d.id = ?`,
    [id],
  );
  return raw === undefined ? null : { ...DECISION.decode(source, raw), runId: raw.run_id };
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
 * `after`: the id of the last decision looked at. With an agent or a target a page may
 * be short, or empty, and still have a next one.
 */
export function listDecisions(
  source: Source,
  filter: DecisionFilter,
  after: string | null,
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
  if (after !== null) add("no < (SELECT no FROM decisions WHERE id = ?)", after);
  if (filter.id !== undefined) return oneDecision(source, filter, { where, values });
  // The indexes have the status before the number: one range a status, merged, is in list order.
  const statuses = filter.status === undefined ? DECISION_STATUSES : [filter.status];
  const merged = (limit: number) =>
    statuses.map((status) =>
      `SELECT * FROM (SELECT no FROM decisions
         WHERE status = ${DECISION_STATUSES.indexOf(status)}${where}
         ORDER BY ${NEWEST} LIMIT ${limit})`
    ).join(" UNION ALL ");
  let beyond: [string] | null = null;
  if (filter.agentId !== undefined || filter.targetAgentId !== undefined) {
    const last = source.row(
      `SELECT no, id FROM decisions
       WHERE no = (SELECT no FROM (${merged(WINDOW)})
                   ORDER BY ${NEWEST} LIMIT 1 OFFSET ${WINDOW - 1})`,
      statuses.flatMap(() => values),
    );
    if (last !== undefined) {
      beyond = [last.id];
      add("no >= ?", last.no);
    }
    // The index is walked by number, whatever else is asked for.
    if (filter.agentId !== undefined) add("+agent_id = ?", filter.agentId);
    if (filter.targetAgentId !== undefined) add("+target_agent_id = ?", filter.targetAgentId);
  }
  const count = filter.limit + 1;
  const page = `SELECT no FROM (${merged(count)}) ORDER BY ${NEWEST} LIMIT ${count}`;
  const rows = source.rows(measured(`d.no IN (${page})`), statuses.flatMap(() => values));
  return {
    rows: withTexts(source, rows.slice(0, filter.limit), filter.room ?? Infinity),
    more: rows.length > filter.limit,
    beyond,
  };
}

/** The one that the filter names, if all else that it asks for is so. */
function oneDecision(
  source: Source,
  { id, status, agentId, targetAgentId, room = Infinity }: DecisionFilter,
  { where, values }: { where: string; values: readonly (number | string)[] },
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
