// Which database files the program brings up to date, and which it refuses.

import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import Database from "libsql";
import { migrate } from "../../../../engine/store/libsql/migrate.ts";
import { type Migration, MIGRATIONS } from "../../../../engine/store/libsql/migrations.ts";
import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import { decisionRow, handOver, run, runUpdate, stepRow, uuid } from "../../../support/rows.ts";
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

it("leaves released migrations as they were", () => {
  const database = memory();
  migrate(database, MIGRATIONS, 5);
  const checksums = database.prepare("SELECT checksum FROM schema_migrations ORDER BY version");
  // What files out there carry; a number is added with each released migration, none changes.
  const released = ["863c22ee4202f7013ede895c51a58f347dbe56359a17dd24fdcceef9928bef3d"];
  assert.deepEqual(checksums.raw().all([]).slice(0, released.length), released.map((sum) => [sum]));
});

it("brings a store of the first layout, with what is in it, up to date", async (test) => {
  const path = join(scratch(test), "test.db");
  const old = new Database(path);
  migrate(old, MIGRATIONS.slice(0, 1), 5);
  old.exec(
    `INSERT INTO runs VALUES (1, '${uuid(1)}', 'report', 1, 'agent', NULL, NULL, 0, '{"n":1}',
       'key', 1001, 1, 2, NULL, NULL, 1000, NULL, 1000, 7, 1000, '{"a":1}');
     INSERT INTO events VALUES (1, 1, 1, 0, NULL, '{"n":1}', NULL, 1001);
     INSERT INTO events VALUES (2, 1, 2, 9, 'a', '{"output":[1]}', NULL, 1002);
     INSERT INTO steps VALUES (1, 'a', 5, 1, 0, 1000, 1001, 1, 2, NULL, NULL, NULL);
     INSERT INTO contexts VALUES (1, 'agent', 'ship it', '{"k":2}', NULL, 1, 2);
     INSERT INTO timers VALUES (1, 't', 50);
     INSERT INTO templates VALUES (1, 'report', 1, NULL, '{}', NULL, NULL, NULL, 'agent', 9)`,
  );
  old.close();

  const store = await openLibsqlStore({ path, durability: "full" });
  const found = run(1, {
    params: `{"n":1}`,
    idempotencyKey: "key",
    lastSeq: 2,
    activeMs: 7,
    marks: `{"a":1}`,
    forkedFrom: null,
  });
  const record = await store.readRun(uuid(1), { events: 5 });
  assert.deepEqual(record?.run, found);
  assert.deepEqual(record.steps, [{
    ...stepRow(1, "a", { outputSeq: 2 }),
    output: "[1]",
    outputSize: 3,
  }]);
  assert.equal(record.context?.data, `{"k":2}`);
  assert.deepEqual(record.decisions, []);
  assert.deepEqual(record.events.map(({ type, payload }) => [type, payload]), [
    ["workflow_started", `{"n":1}`],
    ["step_completed", `{"output":[1]}`],
  ]);
  assert.equal((await store.dueTimers(50, 5)).timers[0]?.key, "t");
  assert.equal((await store.template("report", null))?.createdAt, 9);
  const counted = async () => await store.counts({ minutes: [0, 60_000], days: [0, 900_000] });
  const had = await counted();
  assert.deepEqual([had.tallies.active, had.minutes, had.days], [
    1,
    [{ at: 0, started: 1, completed: 0, failed: 0 }],
    [{ at: 0, started: 1, completed: 0, failed: 0 }],
  ]);

  const forked = run(await store.takeRunNos(1), { forkedFrom: `{"workflow_id":"${uuid(1)}"}` });
  const results = await store.commit([handOver({
    updates: [runUpdate(1, { expectSeq: 2, lastSeq: 2 })],
    creates: [forked],
    decisions: [decisionRow(1, 1)],
  })]);
  assert.deepEqual(results, [{ ok: true, eventIds: [] }]);
  assert.deepEqual(await store.runByNo(2), forked);
  const { tallies, days } = await counted();
  assert.deepEqual([tallies.active, tallies.completed, tallies.decisions], [1, 1, 1]);
  assert.deepEqual(days, [{ at: 0, started: 2, completed: 0, failed: 0 }]);
  assert.deepEqual((await store.listDecisions({ limit: 5 })).rows.map(({ id }) => id), [uuid(1)]);
  await store.close();
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
