// How it is kept what came of each callback, and when it is sent again.

/** Never changed once released, as all statements of a migration. */
export const TRIED: readonly string[] = [
  `ALTER TABLE callbacks ADD COLUMN last_tried_at INTEGER`,
  `ALTER TABLE callbacks ADD COLUMN last_error TEXT`,
  `ALTER TABLE callbacks ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE callbacks ADD COLUMN given_up_at INTEGER`,
  // Timers without a run are of run 0.
  `UPDATE callbacks SET due_at = coalesce((SELECT t.due_at FROM timers t WHERE t.run_no = 0
     AND t.key = 'callback:' || callbacks.run_no || '.' || callbacks.seq), 0)`,
  `CREATE INDEX callbacks_waiting ON callbacks (run_no, seq) WHERE given_up_at IS NULL`,
  `CREATE INDEX callbacks_given_up ON callbacks (run_no, seq) WHERE given_up_at IS NOT NULL`,
];
