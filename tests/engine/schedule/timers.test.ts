// What is read of the timers while many have fired and their runs have not come to it yet.

import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../../core/log.ts";
import { Timers } from "../../../engine/schedule/timers.ts";
import type { TimerRow } from "../../../engine/store/store.ts";
import { createMemoryStore } from "../../support/memory-store.ts";
import { handOver, run } from "../../support/rows.ts";
import { TestClock } from "../../support/test-engine.ts";

/** Timers over a store that counts the rows it answers with. */
function open() {
  const clock = new TestClock();
  const store = createMemoryStore();
  const fired: string[] = [];
  const reads: number[] = [];
  const timers = new Timers({
    store,
    clock,
    log: silentLogger,
    fire: ({ runNo, key }) => fired.push(`${runNo} ${key}`),
  });
  let during = () => Promise.resolve();
  const claimDue = store.claimDue.bind(store);
  store.claimDue = async (...args) => {
    const answer = await claimDue(...args);
    reads.push(answer.timers.length);
    await during();
    return answer;
  };
  const set = async (...rows: TimerRow[]) => {
    await store.commit([handOver({ timers: rows })]);
    timers.committed(rows);
  };
  const settle = async () => {
    clock.advance(1);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  };
  /** What happens between the snapshot of the next read and its answer. */
  const duringRead = (act: () => Promise<void>) =>
    during = () => {
      during = () => Promise.resolve();
      return act();
    };
  return { clock, store, timers, fired, reads, set, settle, duringRead };
}

const COUNT = 3_000;

async function openWithBacklog() {
  const world = open();
  const { clock, store, timers, set, settle } = world;
  const creates = Array.from({ length: COUNT }, (_, i) => run(i + 1));
  await store.commit([handOver({ creates })]);
  const now = clock.now();
  await set(...creates.map(({ runNo }) => ({ runNo, key: "a", dueAt: now - runNo })));
  timers.start();
  await settle();
  await settle();
  assert.equal(world.fired.length, COUNT);
  return world;
}

test("what has fired is not read again with each timer that is set", async () => {
  const { clock, timers, fired, reads, set, settle } = await openWithBacklog();
  reads.length = 0;
  for (let i = 0; i < 50; i++) {
    await set({ runNo: 1, key: `new${i}`, dueAt: clock.now() });
    await settle();
  }
  assert.equal(fired.length, COUNT + 50);
  const rows = reads.reduce((sum, each) => sum + each, 0);
  assert.ok(rows <= 200, `${rows} rows for 50 timers`);
  timers.close();
});

test("a timer that is set for a time before others that have fired fires too", async () => {
  const { clock, timers, fired, set, settle, duringRead } = await openWithBacklog();
  const early = clock.now() - COUNT - 10;
  await set({ runNo: 1, key: "early", dueAt: early });
  await settle();
  assert.equal(fired.at(-1), "1 early");
  // Also when its commit becomes known after a read that did not see it, and before the answer.
  duringRead(() => set({ runNo: 1, key: "earlier", dueAt: early - 10 }));
  await set({ runNo: 1, key: "now", dueAt: clock.now() });
  await settle();
  await settle();
  assert.deepEqual(fired.slice(-2), ["1 now", "1 earlier"]);
  timers.close();
});

test("what a lost run had of its timers fires again", async () => {
  const { timers, fired, settle } = await openWithBacklog();
  fired.length = 0;
  timers.again(7);
  await settle();
  assert.deepEqual(fired, ["7 a"]);
  timers.close();
});
