// How runs of few rows are taken away: many with the same statements.

import { EVERYBODY } from "../counts.ts";
import type { Raw } from "../sql/reading.ts";
import { RUN_PARTS } from "../sql/run-parts.ts";
import { inBlobs } from "./migrations.ts";
import type { Queries } from "./queries.ts";

const AMONG = "run_no IN (SELECT value FROM json_each(?1))";

/** What is larger is not removed together with what others have, bytes. */
const LARGE = 65_536;

/** Those of the runs that have something large: each such thing takes time of its own to go. */
export function heavyAmong(queries: Queries, runNos: readonly number[]): Set<number> {
  const rows = queries.rows(
    `SELECT run_no FROM events WHERE ${AMONG} AND ${inBlobs("payload")}
     UNION SELECT run_no FROM runs WHERE ${AMONG} AND ${inBlobs("params")}
     UNION SELECT run_no FROM seals WHERE ${AMONG} AND length(blob) > ${LARGE}
     UNION SELECT run_no FROM contexts WHERE ${AMONG} AND octet_length(data) > ${LARGE}`,
    [JSON.stringify(runNos)],
  );
  return new Set(rows.map(({ run_no }) => run_no as number));
}

/** Removes all that belongs to the runs, none of which has a text apart. */
export function removeParts(queries: Queries, runNos: readonly number[]): void {
  if (runNos.length === 0) return;
  const those = JSON.stringify(runNos);
  queries.rows(
    untally(
      `SELECT coalesce(target_agent_id, agent_id) AS agent_id, 0 AS what
       FROM decisions WHERE ${AMONG} AND status = 0`,
    ),
    [those],
  );
  for (const table of ["events", ...RUN_PARTS]) {
    queries.rows(`DELETE FROM ${table} WHERE ${AMONG}`, [those]);
  }
  // Others are still told of what they wait for.
  queries.rows(`DELETE FROM callbacks WHERE ${AMONG} AND given_up_at IS NOT NULL`, [those]);
}

/** A statement that takes rows of (agent_id, what) from the counts: of the agent, and of all together. */
function untally(rows: string): string {
  return `WITH gone AS (${rows})
    INSERT INTO tallies
      SELECT agent_id, what, -count(*) FROM gone GROUP BY 1, 2
      UNION ALL SELECT '${EVERYBODY}', what, -count(*) FROM gone GROUP BY 2
    ON CONFLICT (agent_id, what) DO UPDATE SET count = count + excluded.count`;
}

/** The hash of the run's params if they are a text apart. */
export function paramsApart(queries: Queries, runNo: number): string[] {
  return queries.rows(
    `SELECT hex(params) AS hash FROM runs WHERE run_no = ? AND ${inBlobs("params")}`,
    [runNo],
  ).map(({ hash }) => hash);
}

/** The runs themselves, also from what their agents have; what happened when has happened. */
export function removeRows(queries: Queries, runNos: readonly number[]): void {
  if (runNos.length === 0) return;
  const those = [JSON.stringify(runNos)];
  queries.rows(untally(`SELECT agent_id, status + 1 AS what FROM runs WHERE ${AMONG}`), those);
  queries.rows(`DELETE FROM runs WHERE ${AMONG}`, those);
}

/** What is left of runs whose parts are gone: nobody goes on with one, as its number is not what it was. */
export function leaveRows(queries: Queries, runNos: readonly number[], marks: object): void {
  if (runNos.length === 0) return;
  queries.rows(
    `UPDATE runs SET params = '{}', last_seq = 0, output_seq = NULL, marks = ?2 WHERE ${AMONG}`,
    [JSON.stringify(runNos), JSON.stringify(marks)],
  );
}

/**
 * Those of the rows that nothing outside of them refers to: no run that it has started, none that
 * goes on from it, no time of a schedule, and nobody who gives its key once more.
 */
export function unreferred(queries: Queries, rows: readonly Raw[], keysSince: number): number[] {
  const isHeld = (row: Raw) =>
    row.idempotency_key !== null && (row.completed_at ?? row.updated_at) >= keysSince;
  let free: number[] = rows.filter((row) => !isHeld(row)).map((row) => row.run_no);
  // One that stays may be what keeps another.
  for (;;) {
    const those = JSON.stringify(free);
    const others = "NOT IN (SELECT value FROM json_each(?1))";
    const kept = queries.rows(
      `SELECT run_no FROM runs r WHERE ${AMONG} AND (
         EXISTS (SELECT 1 FROM runs c WHERE c.parent_run_no = r.run_no AND c.run_no ${others})
         OR EXISTS (SELECT 1 FROM runs f WHERE f.forked_from IS NOT NULL
           AND json_extract(f.forked_from, '$.workflow_id') = +r.id AND f.run_no ${others})
         OR EXISTS (SELECT 1 FROM fires t WHERE t.run_no = r.run_no))`,
      [those],
    );
    if (kept.length === 0) return free;
    const stay = new Set(kept.map(({ run_no }) => run_no as number));
    free = free.filter((runNo) => !stay.has(runNo));
  }
}
