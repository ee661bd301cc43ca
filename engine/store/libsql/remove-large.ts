// How what belongs to a run of many or of large rows is taken away: in pieces, over several transactions.
//
// The run's row says from the first on that it is being done, and nobody goes on with what is left.

import { dropContents } from "./contents.ts";
import { inBlobs } from "./migrations.ts";
import type { Pace } from "./pace.ts";
import type { Queries } from "./queries.ts";

export interface Pieces {
  /** Whether all is gone that may be long. */
  done: boolean;
  events: number;
  contents: number;
}

interface Pacing {
  /** When to stop, by `performance.now()`. */
  until: number;
  pace: Pace;
}

export function removePieces(queries: Queries, runNo: number, { until, pace }: Pacing): Pieces {
  const pieces = { done: false, events: 0, contents: 0 };
  const steps = [
    () => removeEvents(queries, runNo, { pace, pieces }),
    () => removeSome(queries, runNo, { table: "steps", key: "step_id", most: pace.rows }),
    // Each may be as large as a value.
    () => removeSome(queries, runNo, { table: "seals", key: "slot", most: 1 }),
  ];
  for (const step of steps) {
    while (step() > 0) {
      if (performance.now() >= until) return pieces;
    }
  }
  return { ...pieces, done: true };
}

/** The oldest ones, up to the first that has a text apart, which goes with it. */
function removeEvents(
  queries: Queries,
  runNo: number,
  { pace, pieces }: { pace: Pace; pieces: Pieces },
): number {
  const began = performance.now();
  const rows = queries.rows(
    `SELECT seq, CASE WHEN ${inBlobs("payload")} THEN hex(payload) END AS hash
     FROM events WHERE run_no = ? ORDER BY seq LIMIT ?`,
    [runNo, pace.rows],
  );
  const apart = rows.findIndex(({ hash }) => hash !== null);
  const piece = apart < 0 ? rows : rows.slice(0, apart + 1);
  const last = piece.at(-1);
  if (last === undefined) return 0;
  queries.rows("DELETE FROM events WHERE run_no = ? AND seq <= ?", [runNo, last.seq]);
  pieces.events += piece.length;
  if (last.hash === null) pace.took(piece.length, performance.now() - began);
  else pieces.contents += dropContents(queries, [last.hash]);
  return piece.length;
}

function removeSome(
  queries: Queries,
  runNo: number,
  { table, key, most }: { table: string; key: string; most: number },
): number {
  return queries.rows(
    `DELETE FROM ${table} WHERE run_no = ?1 AND ${key} IN (
       SELECT ${key} FROM ${table} WHERE run_no = ?1 ORDER BY ${key} LIMIT ?2) RETURNING 1`,
    [runNo, most],
  ).length;
}
