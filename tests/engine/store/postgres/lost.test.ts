// What becomes of commits whose connection is lost: each took place once, or not at all, and its caller knows.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { openPostgresStore } from "../../../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../../../engine/store/postgres/postgres-store.ts";
import { ConnectionLost, Session } from "../../../../engine/store/postgres/session.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import type { HandOver, HandOverResult, Store } from "../../../../engine/store/store.ts";
import { chooseSeed, seeded } from "../../../support/random.ts";
import { event, handOver, run, runUpdate, uuid } from "../../../support/rows.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";

let database: TestDatabase;
let store: PostgresStore;
let fatal: string[];
const instance = "one";

const open = (as: string, shared = true) =>
  openPostgresStore({
    address: serverAddress(database.url),
    node: { instance: as, shared },
    durability: "full",
    onFatal: ({ message }) => fatal.push(message),
  });

beforeEach(async () => {
  database = await postgresDatabase();
  fatal = [];
  store = await open(instance);
});
afterEach(async () => {
  await store.close();
  await database.remove();
});

/** Cuts all connections of the store, whatever they are in the middle of. */
const cut = () =>
  database.admin(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'opcode' AND datname = '${database.name}'`,
  );

/** As the journal does: the same once more, until it is known what became of it. */
async function committed(batch: readonly HandOver[]): Promise<HandOverResult[]> {
  for (let tries = 0;; tries++) {
    try {
      return await store.commit(batch);
    } catch (error) {
      assert.equal((error as { code: string }).code, "BUSY");
      assert.ok(tries < 200, "it never goes through");
    }
  }
}

test("under cuts at any moment each batch is there once, with the ids that its caller was told", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  const random = seeded(seed);
  const told = new Map<number, readonly number[]>();
  let cuts = 0;
  for (let no = 1; no <= 150; no++) {
    const batch = [
      handOver({
        runNo: no,
        creates: [run(no, { lastSeq: 1 })],
        events: [event(no, 1), event(no, 2)],
      }),
      // Does not fit in every third batch, which is then written hand-over by hand-over.
      handOver({
        runNo: 10_000 + no,
        ...(no % 3 === 0 && { updates: [runUpdate(10_000 + no)] }),
      }),
    ];
    const commit = committed(batch);
    if (random() < 0.3) {
      for (let turns = Math.floor(random() * 6); turns > 0; turns--) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await cut();
      cuts++;
    }
    const results = await commit;
    assert.equal(results[0]!.ok, true, `run ${no}`);
    assert.equal(results[1]!.ok, no % 3 !== 0);
    told.set(no, results[0]!.ok ? results[0]!.eventIds as never : []);
  }
  assert.ok(cuts > 10);
  for (const [no, ids] of told) {
    const { rows } = await store.listEvents({ runId: uuid(no), order: "oldest", limit: 9 });
    assert.deepEqual(rows.map(({ id, seq }) => [id, seq]), ids.map((id, i) => [id, i + 1]));
  }
  assert.equal((await store.countRuns({ limit: 1 })).total, told.size);
});

test("a batch whose answer was lost is known to be there, also when the next transaction was lost, too", async (t) => {
  const { prototype } = Session;
  const send = prototype.run;
  let losing = true;
  let away = true;
  t.mock.method(prototype, "run", async function (this: Session, sql: string) {
    const answer = await send.call(this, sql);
    if (!losing || sql !== "COMMIT") return answer;
    this.destroy();
    throw new ConnectionLost("cut");
  });
  const connect = Session.open.bind(Session);
  t.mock.method(
    Session,
    "open",
    (...args: Parameters<typeof connect>) =>
      away ? Promise.reject(new ConnectionLost("away")) : connect(...args),
  );
  const batch = [handOver({ creates: [run(1)] })];
  await assert.rejects(store.commit(batch), { code: "BUSY" });
  away = false;
  await assert.rejects(store.trust(1), { code: "BUSY" });
  losing = false;
  assert.deepEqual((await store.commit(batch)).map(({ ok }) => ok), [true]);
});

test("a read whose connection was cut while it rested is asked again", async () => {
  await committed([handOver({ creates: [run(1)] })]);
  assert.equal((await store.runByNo(1))!.runNo, 1);
  await cut();
  assert.equal((await store.runByNo(1))!.runNo, 1);
});

test("nothing of a node lands whose row another one has taken away, and it says so", async () => {
  await committed([handOver({ creates: [run(1)] })]);
  // The same data directory, started again: whoever was there before is out.
  const next = await open(instance);
  try {
    const late = [handOver({ creates: [run(2)] })];
    await assert.rejects(store.commit(late), {
      code: "STORE_ERROR",
      message: /another node has taken over/,
    });
    assert.match(store.fault ?? "", /another node has taken over/);
    assert.equal(fatal.length, 1);
    await assert.rejects(store.putSecret(secret("s")), { code: "STORE_ERROR" });
    assert.equal(await next.runByNo(2), null);
    assert.deepEqual((await next.readVault()).secrets, []);
  } finally {
    await next.close();
  }
});

test("a commit that the server begins with late finds that it was given up", async () => {
  await committed([handOver({ creates: [run(1)] })]);
  // Whoever has lost the connection asks what became of it, and nothing of before lands behind the answer.
  const epochs = () => database.rows("SELECT epoch, commit_id FROM nodes");
  const [before] = await epochs();
  await cut();
  await committed([handOver({ creates: [run(2)] })]);
  const [after] = await epochs();
  assert.equal(after!.epoch, before!.epoch + 1);
  await assert.rejects(
    database.rows(
      `WITH held AS (UPDATE nodes SET commit_id = 99 WHERE epoch = ${before!.epoch} RETURNING 1)
       SELECT must(count(*) = 1, 'late', 'OP002') FROM held`,
    ),
    { code: "OP002" },
  );
});

test("a second daemon is kept out as long as the first is alive, and is told who that is", async () => {
  await assert.rejects(open(randomUUID(), false), {
    code: "CONFLICT",
    message: new RegExp(`in use by another opcode daemon: process ${process.pid} on `),
  });
  await store.close();
  store = await open("another", false);
});

test("when the node has not been heard of in time, the next comes in, and the first is out", async () => {
  await database.rows("UPDATE nodes SET lease_until = clock_timestamp() - interval '1 second'");
  const next = await open("another", false);
  try {
    await assert.rejects(store.commit([handOver({ creates: [run(7)] })]), { code: "STORE_ERROR" });
    assert.equal(await next.runByNo(7), null);
  } finally {
    await next.close();
  }
});

test("what nodes have counted that are gone stays counted", async () => {
  const total = async (of: Store) => (await of.counts({ minutes: [], days: [] })).tallies.pending;
  await committed([handOver({ creates: [run(1, { status: "pending" })] })]);
  await store.close();
  store = await open("another");
  await committed([handOver({ creates: [run(2, { status: "pending" })] })]);
  assert.equal(await total(store), 2);
  const rows = await database.rows("SELECT DISTINCT node_no FROM tally_slots ORDER BY 1");
  assert.equal(rows.length, 2, "those of the first are in the row of nobody");
});

function secret(name: string) {
  return { name, value: new Uint8Array([1]), createdAt: 1, updatedAt: 1 };
}

test("a store whose connections were cut while nothing was asked of it leaves no node behind", async () => {
  await cut();
  await store.close();
  assert.deepEqual(await database.rows("SELECT instance FROM nodes"), []);
});
