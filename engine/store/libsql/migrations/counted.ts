// How the tables of what is counted with each commit are made, and filled with what there is.

/** Never changed once released, as all statements of a migration. */
export const COUNTED: readonly string[] = [
  `CREATE TABLE tallies (
        agent_id TEXT NOT NULL,
        what INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (agent_id, what)
      ) WITHOUT ROWID`,
  `CREATE TABLE buckets (
        span INTEGER NOT NULL,
        at INTEGER NOT NULL,
        what INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (span, at, what)
      ) WITHOUT ROWID`,
  // What there is already, once; '' is all agents together.
  `INSERT INTO tallies SELECT agent_id, status + 1, count(*) FROM runs GROUP BY 1, 2`,
  `INSERT INTO tallies SELECT coalesce(target_agent_id, agent_id), 0, count(*)
        FROM decisions WHERE status = 0 GROUP BY 1`,
  `INSERT INTO tallies SELECT '', what, sum(count) FROM tallies GROUP BY what`,
  ...[[60_000, 7_200_000], [900_000, 2_764_800_000]].map(([ms, kept], span) =>
    `INSERT INTO buckets SELECT ${span}, at, what, count(*) FROM (
          SELECT created_at - created_at % ${ms} AS at, 0 AS what FROM runs
          UNION ALL SELECT coalesce(completed_at, updated_at)
            - coalesce(completed_at, updated_at) % ${ms}, status - 2
          FROM runs WHERE status IN (3, 4)
        ) WHERE at >= (SELECT max(updated_at) FROM runs) - ${kept} GROUP BY at, what`
  ),
];
