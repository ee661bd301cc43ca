// Which timers are due, in due order.

import { type DueTimer, NO_RUN } from "../../store.ts";
import type { Reading } from "../reading.ts";
import type { Source } from "../source.ts";
import { TIMER } from "./rows.ts";

/** At most `limit` timers that are due, none before `from`, and when the first of those not answered is due. */
export function* dueTimers(
  source: Source,
  now: number,
  limit: number,
  from = 0,
): Reading<{ timers: DueTimer[]; nextDueAt: number | null }> {
  const rows = yield* source.rows(
    `SELECT ${TIMER.columns("t")}, r.id, r.agent_id
     FROM timers t LEFT JOIN runs r ON r.run_no = t.run_no
     WHERE t.due_at >= ? AND t.due_at <= ? AND (
       (t.run_no = ${NO_RUN} AND ${source.dialect.isFreeTimer("t")})
       OR (r.id IS NOT NULL AND ${source.dialect.isFree("r")}))
     ORDER BY t.due_at, t.run_no, t.key LIMIT ?`,
    [from, now, limit + 1],
  );
  const timers = rows.slice(0, limit).map((raw) => ({
    ...TIMER.decode(raw),
    runId: raw.id,
    agentId: raw.agent_id,
  }));
  if (rows.length > limit) return { timers, nextDueAt: rows[limit]!.due_at };
  const sql = "SELECT min(due_at) AS at FROM timers WHERE due_at > ?";
  const next = yield* source.row(sql, [now]);
  return { timers, nextDueAt: next?.at ?? null };
}
