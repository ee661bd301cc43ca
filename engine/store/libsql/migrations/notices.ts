// How the table of what agents that are away are still to be told is made.

export const NOTICES: readonly string[] = [
  `CREATE TABLE notices (
        no INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        agent_id TEXT NOT NULL,
        run_id TEXT NOT NULL,
        kind INTEGER NOT NULL,
        body TEXT NOT NULL,
        dropped INTEGER NOT NULL,
        at INTEGER NOT NULL
      )`,
  `CREATE INDEX notices_by_agent ON notices (agent_id)`,
  `CREATE INDEX notices_by_run ON notices (run_id)`,
  `CREATE INDEX notices_by_time ON notices (at)`,
];
