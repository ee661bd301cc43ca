// How the table of decisions is made whose links were taken back.

/** Never changed once released, as all statements of a migration. */
export const REVOKED: readonly string[] = [
  `CREATE TABLE revoked_links (
        run_no INTEGER NOT NULL,
        decision_id TEXT NOT NULL,
        revoked_at INTEGER NOT NULL,
        PRIMARY KEY (run_no, decision_id)
      ) WITHOUT ROWID`,
];
