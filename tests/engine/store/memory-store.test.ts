// Whether the tests' in-memory store is a store, and has its powers.

import assert from "node:assert/strict";
import { it } from "node:test";
import { storeSuite } from "../../store-suite.ts";
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
