// Whether the connections have the settings that durability rests on.

import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import Database from "libsql";
import {
  type Connection,
  openReader,
  openWriter,
} from "../../../../engine/store/libsql/connection.ts";
import { scratch } from "../../../support/scratch.ts";

const pragma = (connection: Connection, name: string) =>
  (connection.prepare(`PRAGMA ${name}`).raw().all([]) as unknown[][])[0]![0];

it("opens the writer with a log that is synced at every commit", (test) => {
  const path = join(scratch(test), "test.db");
  const connection = openWriter(path, "full");
  assert.equal(pragma(connection, "journal_mode"), "wal");
  assert.equal(pragma(connection, "synchronous"), 2);
  assert.equal(pragma(connection, "wal_autocheckpoint"), 1000);
  if (process.platform === "darwin") assert.equal(pragma(connection, "fullfsync"), 1);
  connection.exec("CREATE TABLE t (x)");
  for (const suffix of ["", "-wal", "-shm"]) {
    assert.equal(statSync(path + suffix).mode & 0o777, 0o600, suffix);
  }
  connection.close();
});

it("syncs at checkpoints only when durability is normal", (test) => {
  const connection = openWriter(join(scratch(test), "test.db"), "normal");
  assert.equal(pragma(connection, "synchronous"), 1);
  connection.close();
});

it("opens a reader that can neither write nor checkpoint by itself", (test) => {
  const path = join(scratch(test), "test.db");
  const writer = openWriter(path, "full");
  writer.exec("CREATE TABLE t (x)");
  const reader = openReader(path);
  assert.equal(pragma(reader, "wal_autocheckpoint"), 0);
  assert.throws(() => reader.exec("INSERT INTO t VALUES (1)"), /readonly/);
  reader.close();
  writer.close();
});

it("refuses to read a database that has no write-ahead log", (test) => {
  const path = join(scratch(test), "test.db");
  const other = new Database(path);
  other.exec("PRAGMA journal_mode = DELETE; CREATE TABLE t (x)");
  assert.throws(() => openReader(path), /journal_mode is delete instead of wal/);
  other.close();
});

it("refuses a file that is no database", (test) => {
  const path = join(scratch(test), "test.db");
  writeFileSync(path, "this is no database at all, ".repeat(100));
  assert.throws(() => openWriter(path, "full"), /not a database/);
});
