// How the tables of hooks and callbacks were first made.

/** Never changed once released, as all statements of a migration. */
export const OUTSIDE: readonly string[] = [
  `CREATE TABLE hooks (
        template_name TEXT NOT NULL,
        name TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        verify INTEGER NOT NULL,
        secret TEXT,
        map TEXT,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (template_name, name)
      ) WITHOUT ROWID`,
  `CREATE TABLE callbacks (
        run_no INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        event INTEGER NOT NULL,
        url TEXT NOT NULL,
        secret TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        head TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        first_tried_at INTEGER,
        PRIMARY KEY (run_no, seq)
      ) WITHOUT ROWID`,
];
