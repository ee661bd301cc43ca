// Whether a database has only a part of the data that were to be moved into it, which nobody may use.

import { HALF_MOVED, halfMoved } from "../sql/moved-rows.ts";
import { runNow } from "../sql/reading.ts";
import { Source } from "../sql/source.ts";
import { type HalfMoved, halfMovedReason } from "../transfer.ts";
import type { Connection } from "./connection.ts";
import { LIBSQL } from "./dialect.ts";
import { Queries } from "./queries.ts";

/** From where they come; null when they are whole. */
export function halfMovedIn(connection: Connection): HalfMoved | null {
  if (!hasTable(connection, HALF_MOVED)) return null;
  const queries = new Queries(connection);
  return runNow(halfMoved(new Source(LIBSQL)), ({ sql, values }) => queries.rows(sql, values));
}

export function refuseHalfMoved(connection: Connection): void {
  const half = halfMovedIn(connection);
  if (half !== null) throw new Error(halfMovedReason(half.source));
}

export function hasTable(connection: Connection, name: string): boolean {
  const sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?";
  return connection.prepare(sql).all([name]).length > 0;
}
