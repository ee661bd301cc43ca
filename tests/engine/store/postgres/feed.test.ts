// Whether whoever follows the log of all runs misses nothing, whichever transaction ends first.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPostgresStore } from "../../../../engine/store/postgres/open.ts";
import type { PostgresStore } from "../../../../engine/store/postgres/postgres-store.ts";
import { Session } from "../../../../engine/store/postgres/session.ts";
import { TAKE_EVENT_IDS } from "../../../../engine/store/postgres/statements.ts";
import { serverAddress } from "../../../../engine/store/postgres/url.ts";
import { event, handOver, run } from "../../../support/rows.ts";
import { postgresDatabase, type TestDatabase } from "../../../support/postgres.ts";

let database: TestDatabase;
let store: PostgresStore;
let other: Session;

before(async () => {
  database = await postgresDatabase();
  const address = serverAddress(database.url);
  store = await openPostgresStore({
    address,
    node: { instance: "one", shared: true },
    durability: "full",
  });
  other = await Session.open(address, "another node");
});
after(async () => {
  await other.close();
  await store.close();
  await database.remove();
});

test("what another transaction has begun with before is not jumped over", async () => {
  await store.commit([handOver({ creates: [run(1), run(2)] })]);
  // As another node does: it has its numbers, and takes its time.
  await other.run("BEGIN");
  const [{ before }] = await other.rows(TAKE_EVENT_IDS, [1]) as [{ before: number }];
  const [result] = await store.commit([handOver({ events: [event(1, 1)] })]);
  const mine = result!.ok ? result!.eventIds[0]! : 0;
  assert.ok(mine > before + 1);
  const list = async (more = {}) =>
    (await store.listEvents({ order: "oldest", limit: 10, ...more })).rows.map(({ id }) => id);
  assert.deepEqual(await list(), [], "it waits a while, and shows what is certain");
  assert.deepEqual(await list({ order: "newest" }), []);
  // Of one run the order is that of its numbers, and nothing is in between.
  assert.equal(
    (await store.listEvents({ runId: run(1).id, order: "oldest", limit: 5 })).rows.length,
    1,
  );
  await other.ask(
    "INSERT INTO events (id, run_no, seq, type, at) VALUES ($1, 2, 1, 1, 1)",
    [before + 1],
  );
  await other.run("COMMIT");
  assert.deepEqual(await list(), [before + 1, mine]);
  assert.deepEqual(await list({ order: "newest" }), [mine, before + 1]);
  assert.deepEqual(await list({ afterId: before + 1 }), [mine]);
});
