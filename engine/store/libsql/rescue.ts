// What becomes of a database whose file was removed under the store: a copy of all that was stored.

import { closeSync, openSync } from "node:fs";
import { RESCUED } from "./lock.ts";
import type { Connection } from "./connection.ts";

/**
 * Writes what the open connection still sees beside the path, readable by its owner only; returns
 * what is to be done, for people. Takes as long as it takes to write the whole database.
 */
export function rescue(connection: Connection, path: string): string {
  const copy = path + RESCUED;
  try {
    closeSync(openSync(copy, "wx", 0o600));
    connection.exec(`VACUUM INTO '${copy.replaceAll("'", "''")}'`);
  } catch (error) {
    return `a copy cannot be written either (${(error as Error).message}): while process ` +
      `${process.pid} runs, its open files are in /proc/${process.pid}/fd`;
  }
  return `all that was stored is in ${copy}: stop the daemon, move that file to ${path}, ` +
    `remove ${path}-wal if it is there, and start the daemon again`;
}
