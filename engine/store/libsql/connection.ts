// How a connection is opened: with its pragmas set and read back, or not at all.

import { closeSync, openSync } from "node:fs";
import Database from "libsql";
import type { Durability } from "../place.ts";
import { refuseForeign } from "./foreign.ts";

export type Connection = Database.Database;
export type Statement = Database.Statement;

/** SQLite's default: the writer moves the log into the database about every 4 MB. */
const AUTOCHECKPOINT_PAGES = 1000;
const CACHE_KIB = 20_000;
const BUSY_MS = 5_000;
/** A log that once grew larger is cut back to this at the next checkpoint. */
const LOG_BYTES = 64 * 1024 * 1024;

/** The one connection that writes and checkpoints. Throws when a setting does not hold. */
export function openWriter(path: string, durability: Durability): Connection {
  if (path !== ":memory:") createPrivate(path);
  const connection = new Database(path);
  set(connection, "busy_timeout", BUSY_MS);
  refuseForeign(connection);
  // Kept in a file from its first page on: what retention frees can be given back bit by bit. It
  // changes nothing in a file that was made without it.
  connection.exec("PRAGMA auto_vacuum = INCREMENTAL");
  set(connection, "journal_mode", path === ":memory:" ? "memory" : "wal");
  set(connection, "synchronous", durability === "full" ? 2 : 1);
  if (process.platform === "darwin" && durability === "full") {
    // Without it fsync on macOS leaves the data in the drive's cache.
    set(connection, "fullfsync", 1);
    set(connection, "checkpoint_fullfsync", 1);
  }
  set(connection, "wal_autocheckpoint", AUTOCHECKPOINT_PAGES);
  set(connection, "journal_size_limit", LOG_BYTES);
  // A row and the run it belongs to are written by one guarded hand-over, which is what foreign
  // keys would check again with a look-up a row.
  set(connection, "foreign_keys", 0);
  set(connection, "cache_size", -CACHE_KIB);
  set(connection, "temp_store", 2);
  return connection;
}

/** Whether commits of the connection move the log into the database when it has grown. */
export function setCheckpoints(connection: Connection, on: boolean): null {
  set(connection, "wal_autocheckpoint", on ? AUTOCHECKPOINT_PAGES : 0);
  return null;
}

/** A connection that can only read and never checkpoints; the writer's must be open already. */
export function openReader(path: string): Connection {
  const connection = new Database(path);
  set(connection, "busy_timeout", BUSY_MS);
  set(connection, "wal_autocheckpoint", 0);
  set(connection, "query_only", 1);
  set(connection, "cache_size", -CACHE_KIB);
  const [mode] = connection.prepare("PRAGMA journal_mode").raw().all([]) as [[string]];
  if (mode[0] !== "wal") throw new Error(`journal_mode is ${mode[0]} instead of wal on ${path}`);
  return connection;
}

/** Throws when nothing can be written, which SQLite notices at the first commit only. */
export function probe(connection: Connection): void {
  connection.exec("BEGIN IMMEDIATE");
  try {
    connection.exec("UPDATE schema_migrations SET applied_at = applied_at WHERE version = 1");
    connection.exec("COMMIT");
  } finally {
    if (connection.inTransaction) connection.exec("ROLLBACK");
  }
}

function set(connection: Connection, pragma: string, value: number | string): void {
  connection.exec(`PRAGMA ${pragma} = ${value}`);
  const [row] = connection.prepare(`PRAGMA ${pragma}`).raw().all([]) as unknown[][];
  const found = row?.[0];
  if (found !== value) {
    throw new Error(`the database does not take PRAGMA ${pragma} = ${value} (it is ${found})`);
  }
}

/** Creates the file readable by its owner only; SQLite gives -wal and -shm the same mode. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
