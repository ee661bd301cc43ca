// Whether the tests' in-memory store is a store, and has its powers.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Store } from "../../../engine/store/store.ts";
import { storeSuite } from "../../store-suite.ts";
import { ownershipSuite } from "../../store-suite-ownership.ts";
import { limitSuite } from "../../store-suite-limits.ts";
import { writersSuite } from "../../store-suite-writers.ts";
import { createMemoryServer, LEASE_MS, type MemoryNode } from "../../support/memory-server.ts";
import { createMemoryStore, type MemoryStore } from "../../support/memory-store.ts";
import { event, eventId, handOver, run, runUpdate } from "../../support/rows.ts";

storeSuite("the in-memory store", async () => {
  let store: MemoryStore = createMemoryStore();
  return {
    store,
    async reopen() {
      await store.close();
      return store = store.crash();
    },
    async crash() {
      return store = store.crash();
    },
    beside: async () => store.beside(),
    async remove() {},
  };
});

describe("the in-memory store of several nodes", () => {
  const made = () => {
    const server = createMemoryServer({ now: () => 0 });
    let instances = 0;
    const beside = async () => server.open(`instance-${instances++}`);
    const store = server.open("first");
    const isGivenUp = async (of: Store) =>
      void server.nodes.rows.delete((of as MemoryNode).fence.no);
    return {
      ...{ store, beside, isGivenUp },
      async crash() {
        store.crash();
        return server.open("first");
      },
      async again() {
        return server.open("first");
      },
      async dies(of: Store) {
        await isGivenUp(of);
      },
    };
  };
  let stores: ReturnType<typeof made>;
  beforeEach(() => {
    stores = made();
  });

  writersSuite(() => stores);
  limitSuite(() => stores);
  ownershipSuite(() => stores);
});

it("takes a node for dead once its lease is over and somebody looks, and not before", async () => {
  let now = 0;
  const server = createMemoryServer({ now: () => now });
  const [a, b] = [server.open("a"), server.open("b")];
  await a.commit([handOver({ creates: [run(1, { status: "active" })] })]);
  const look = async () => (await b.ownership!.adopt(5)).runs.map(({ runNo }) => runNo);
  now = LEASE_MS;
  b.renew();
  assert.deepEqual(await look(), []);
  now++;
  assert.equal(a.renew(), true, "it stands until somebody looks");
  now += LEASE_MS + 1;
  b.renew();
  assert.deepEqual(await look(), [1]);
  assert.equal(a.renew(), false);
});

it("loses what was not committed when it crashes, and nothing else", async () => {
  const store = createMemoryStore({ hold: true });
  const kept = store.commit([handOver({ creates: [run(1)], events: [event(1, 1)] })]);
  store.commit([handOver({ creates: [run(2)] })]);
  assert.equal(store.held, 2);
  assert.equal(await store.runByNo(1), null);
  assert.equal(store.step(), true);
  assert.deepEqual(await kept, [{ ok: true, eventIds: [eventId(1)] }]);
  const after = store.crash({});
  await assert.rejects(store.runByNo(1), { code: "STORE_ERROR" });
  assert.equal((await after.runByNo(1))?.runNo, 1);
  assert.equal(await after.runByNo(2), null);
  assert.ok(await after.takeRunNos(1) > 1);
});

it("refuses a chosen hand-over and fences what builds on it", async () => {
  const store = createMemoryStore({ refuse: (_, index) => index === 1 });
  const results = await store.commit([
    handOver({ creates: [run(1)] }),
    handOver({ creates: [run(2)] }),
    handOver({ updates: [runUpdate(2)] }),
  ]);
  assert.deepEqual(results.map((result) => (result.ok ? "ok" : result.reason)), [
    "ok",
    "refused",
    "fenced",
  ]);
});

it("fails a whole commit and takes the next", async () => {
  let fail = true;
  const store = createMemoryStore({ fail: () => fail });
  const batch = [handOver({ creates: [run(1)] })];
  await assert.rejects(store.commit(batch), { code: "STORE_ERROR" });
  assert.equal(await store.runByNo(1), null);
  fail = false;
  assert.deepEqual(await store.commit(batch), [{ ok: true, eventIds: [] }]);
});
