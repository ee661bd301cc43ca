// Which database files the program brings up to date, and which it refuses.

import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import Database from "libsql";
import { migrate } from "../../../../engine/store/libsql/migrate.ts";
import { type Migration, MIGRATIONS } from "../../../../engine/store/libsql/migrations.ts";
import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import { scratch } from "../../../support/scratch.ts";

const one: Migration = { version: 1, name: "one", statements: ["CREATE TABLE a (x)"] };
const two: Migration = {
  version: 2,
  name: "two",
  statements: ["CREATE TABLE b (x)", "INSERT INTO a VALUES (';')"],
};

const memory = () => new Database(":memory:");
const versions = (database: Database.Database) =>
  database.prepare("SELECT version FROM schema_migrations ORDER BY version").raw().all([]);

it("applies what is missing, once", () => {
  const database = memory();
  migrate(database, [one], 5);
  assert.deepEqual(versions(database), [[1]]);
  migrate(database, [one, two], 6);
  migrate(database, [one, two], 7);
  assert.deepEqual(versions(database), [[1], [2]]);
  assert.deepEqual(database.prepare("SELECT x FROM a").raw().all([]), [[";"]]);
});

it("leaves nothing of a migration that fails", () => {
  const database = memory();
  const broken = { ...two, statements: ["CREATE TABLE b (x)", "INSERT INTO nowhere VALUES (1)"] };
  assert.throws(() => migrate(database, [one, broken], 5), /nowhere/);
  assert.deepEqual(versions(database), [[1]]);
  migrate(database, [one, two], 6);
  assert.deepEqual(versions(database), [[1], [2]]);
});

it("refuses a database that is newer than the program", () => {
  const database = memory();
  migrate(database, [one, two], 5);
  assert.throws(() => migrate(database, [one], 6), /layout version 2 \(two\).*newer opcode/);
});

it("refuses a database that other statements made", () => {
  const database = memory();
  migrate(database, [one], 5);
  const changed = { ...one, statements: ["CREATE TABLE a (x, y)"] };
  assert.throws(() => migrate(database, [changed, two], 6), /made by other statements/);
  assert.deepEqual(versions(database), [[1]]);
});

it("numbers the released migrations without gaps", () => {
  assert.deepEqual(MIGRATIONS.map(({ version }) => version), MIGRATIONS.map((_, i) => i + 1));
});

it("does not open a store that is newer than the program", async (test) => {
  const path = join(scratch(test), "test.db");
  await (await openLibsqlStore({ path, durability: "full" })).close();
  const database = new Database(path);
  database.exec("INSERT INTO schema_migrations VALUES (99, 'later', 'x', 0)");
  database.close();
  await assert.rejects(openLibsqlStore({ path, durability: "full" }), {
    code: "STORE_ERROR",
    message: /layout version 99 \(later\)/,
  });
});
