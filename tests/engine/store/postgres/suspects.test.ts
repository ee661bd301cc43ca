// Whether a thread notes a run whose turn does not end, and takes it back once it has, over whatever becomes of its connection.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as passed } from "node:timers/promises";
import { openPostgresStore } from "../../../../engine/store/postgres/open.ts";
import { Session } from "../../../../engine/store/postgres/session.ts";
import { note } from "../../../../engine/store/postgres/suspect-notes.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";
import { handOver, run } from "../../../support/rows.ts";

let database: TestDatabase;
before(async () => {
  database = await postgresDatabase();
});
after(() => database.remove());
beforeEach(() => database.reset());

const open = (instance: string) =>
  openPostgresStore({
    address: serverAddress(database.url),
    node: { instance, shared: true },
    durability: "full",
  });

const notes = () => database.rows("SELECT run_no AS run, doing FROM suspects");

async function until(count: number, what: string): Promise<void> {
  for (let tries = 0; (await notes()).length !== count; tries++) {
    assert.ok(tries < 1_000, `waited in vain for ${what}`);
    await passed(20);
  }
}

test("a run whose turn does not end is noted while the main thread is stuck, and blamed for its end", async () => {
  const instance = randomUUID();
  let store = await open(instance);
  await store.commit([handOver({ creates: [run(7)] })]);

  // It got through: turns that follow each other are no turn that does not end.
  store.turns.set([7, 1]);
  for (let turn = 2; turn < 30; turn++) {
    await passed(50);
    store.turns.set([7, turn]);
  }
  await store.crash();
  store = await open(instance);
  assert.deepEqual(await store.countDeaths(), []);

  // Stuck for good, as far as anyone can see.
  store.turns.set([7, 1]);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
  await store.crash();
  store = await open(instance);
  const [suspect] = await store.countDeaths();
  assert.deepEqual([suspect?.runNo, suspect?.deaths, suspect?.reason], [
    7,
    1,
    "a turn of it did not end",
  ]);
  await store.close();
});

test("what a cut connection has left is taken back, and noted anew", async () => {
  const store = await open(randomUUID());
  await store.commit([handOver({ creates: [run(7)] })]);
  const cut = () =>
    database.admin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'opcode' AND datname = '${database.name}'`,
    );
  store.turns.set([7, 1]);
  await until(1, "the note");
  await cut();
  store.turns.set([7, 2]);
  await until(0, "its end");
  await cut();
  await until(1, "the next note");
  assert.deepEqual(await notes(), [{ run: 7, doing: "a turn of it did not end" }]);
  await store.close();
  assert.deepEqual(await notes(), [], "a store that is closed forgets it");
});

test("nothing is noted for a node that was given up", async () => {
  const store = await open(randomUUID());
  await store.commit([handOver({ creates: [run(7)] })]);
  const [row] = await database.rows("SELECT no, incarnation FROM nodes");
  const session = await Session.open(serverAddress(database.url), "opcode tests");
  const key = { no: row!.no, incarnation: row!.incarnation };
  await note(session, { ...key, incarnation: "another" }, { runNo: 7, doing: "this" });
  assert.deepEqual(await notes(), []);
  await note(session, key, { runNo: 7, doing: "that" });
  assert.deepEqual(await notes(), [{ run: 7, doing: "that" }]);
  await session.close();
  await store.crash();
});
