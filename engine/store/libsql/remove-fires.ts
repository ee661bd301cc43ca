// How what became of schedules' times is taken away: schedule by schedule, its oldest first.

import type { FiresGone, FiresKept } from "../retention-store.ts";
import type { Queries } from "./queries.ts";
import type { Writer } from "./writer.ts";

/** Rows that are deleted between two looks at the time. */
const PIECE = 100;

/** See `RetentionStore.removeFires`. */
export function removeFires(
  { queries, writer }: { queries: Queries; writer: Writer },
  kept: FiresKept,
  { after, budgetMs }: { after: string; budgetMs: number },
): FiresGone {
  const began = performance.now();
  const until = began + budgetMs;
  const gone: FiresGone = { fires: 0, heldMs: 0, next: after };
  writer.transaction(() => {
    do {
      const schedule = queries.row(
        "SELECT min(schedule_id) AS id FROM fires WHERE schedule_id > ?",
        [gone.next!],
      )!.id as string | null;
      if (schedule === null) {
        gone.next = null;
        break;
      }
      const count = removePiece(queries, schedule, kept);
      gone.fires += count;
      // There may be more of this one.
      if (count < PIECE) gone.next = schedule;
    } while (performance.now() < until);
    return true;
  });
  gone.heldMs = performance.now() - began;
  return gone;
}

function removePiece(queries: Queries, schedule: string, kept: FiresKept): number {
  const isThere = queries.row("SELECT 1 AS one FROM schedules WHERE id = ?", [schedule]);
  const least = isThere === undefined ? 0 : kept.least;
  // Of a time that came back late (`at` is when it was written) the age counts, not how long it had passed.
  return queries.rows(
    `DELETE FROM fires WHERE schedule_id = ?1 AND due_at IN (
       SELECT due_at FROM fires WHERE schedule_id = ?1 AND (
         due_at <= (SELECT due_at FROM fires WHERE schedule_id = ?1
           ORDER BY due_at DESC LIMIT 1 OFFSET ?2)
         OR (at < ?3 AND (?4 = 0 OR due_at <= (SELECT due_at FROM fires WHERE schedule_id = ?1
           ORDER BY due_at DESC LIMIT 1 OFFSET ?4))))
       ORDER BY due_at LIMIT ${PIECE})
     RETURNING 1`,
    [schedule, kept.most, kept.since, least],
  ).length;
}
