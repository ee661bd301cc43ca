// How a copy of the database is written beside commits: by a connection of its own, out of one snapshot.

import Database from "libsql";
import type { CopyFacts } from "../backup-store.ts";
import type { Connection } from "./connection.ts";

/** Opens a connection that copies; the writer's must be open already. */
export function openCopier(path: string): Connection {
  const connection = new Database(path);
  connection.exec("PRAGMA busy_timeout = 5000");
  connection.exec("PRAGMA wal_autocheckpoint = 0");
  // A copy can give pages back, whatever the file could.
  connection.exec("PRAGMA auto_vacuum = INCREMENTAL");
  return connection;
}

export function copyInto(connection: Connection, file: string): CopyFacts {
  connection.exec(`VACUUM INTO '${file.replaceAll("'", "''")}'`);
  const copy = new Database(file);
  try {
    return factsOf(copy);
  } finally {
    copy.close();
  }
}

export function factsOf(copy: Connection): CopyFacts {
  const [facts] = copy.prepare(
    `SELECT (SELECT max(version) FROM schema_migrations) AS layout,
       (SELECT count(*) FROM runs) AS runs,
       (SELECT coalesce(max(id), 0) FROM events) AS lastEventId`,
  ).all([]) as [CopyFacts];
  return { layout: facts.layout, runs: facts.runs, lastEventId: facts.lastEventId };
}

/** Moves what it can of the log into the database, beside commits and reads. */
export function moveLog(connection: Connection): { pages: number; moved: number } {
  const [row] = connection.prepare("PRAGMA wal_checkpoint(PASSIVE)").all([]) as [
    { log: number; checkpointed: number },
  ];
  return { pages: row.log, moved: row.checkpointed };
}
