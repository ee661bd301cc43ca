// How what belongs to a run of many rows is taken away: in pieces, over several transactions.
//
// The run's row says from the first on that it is being done, and nobody goes on with what is left.

import { dropContents } from "./contents.ts";
import { inBlobs } from "./migrations.ts";
import type { Source } from "./reads/source.ts";

/** Rows that are deleted between two looks at the time. */
const PIECE = 100;

/** What may be as long as the run's history, each with what numbers its rows. */
const LONG = [["events", "seq"], ["steps", "step_id"], ["seals", "slot"]] as const;

export interface Pieces {
  /** Whether all is gone that may be long. */
  done: boolean;
  events: number;
  contents: number;
}

/** `until`: when to stop, by `performance.now()`. */
export function removePieces(source: Source, runNo: number, until: number): Pieces {
  const pieces = { done: false, events: 0, contents: 0 };
  for (const [table, key] of LONG) {
    for (;;) {
      const piece = `run_no = ?1 AND ${key} IN (
        SELECT ${key} FROM ${table} WHERE run_no = ?1 ORDER BY ${key} LIMIT ${PIECE})`;
      const hashes = table !== "events" ? [] : source.rows(
        `SELECT hex(payload) AS hash FROM events WHERE ${piece} AND ${inBlobs("payload")}`,
        [runNo],
      );
      const count = source.rows(`DELETE FROM ${table} WHERE ${piece} RETURNING 1`, [runNo]).length;
      pieces.contents += dropContents(source, hashes.map(({ hash }) => hash));
      if (table === "events") pieces.events += count;
      if (count < PIECE) break;
      if (performance.now() >= until) return pieces;
    }
  }
  return { ...pieces, done: true };
}
