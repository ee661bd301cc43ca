// When timers fire, and what is read of the store for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../../core/log.ts";
import { Timers } from "../../../engine/timers/timers.ts";
import type { TimerRow } from "../../../engine/store/store.ts";
import { createMemoryStore } from "../../support/memory-store.ts";
import { chooseSeed, seeded } from "../../support/random.ts";
import { handOver, run } from "../../support/rows.ts";
import { TestClock } from "../../support/test-engine.ts";

/** Timers over a store that counts the rows it answers with. `inMemory`: which runs are. */
function open(inMemory: (runNo: number) => boolean = () => false) {
  const clock = new TestClock();
  const store = createMemoryStore();
  const fired: string[] = [];
  const reads: number[] = [];
  const timers = new Timers({
    store,
    clock,
    log: silentLogger,
    fire: ({ runNo, key }) => fired.push(`${runNo} ${key}`),
    ownerOf: (runNo) => inMemory(runNo) ? { runId: `run${runNo}`, agentId: "a" } : null,
  });
  let during = () => Promise.resolve();
  const dueTimers = store.dueTimers.bind(store);
  store.dueTimers = async (...args) => {
    const answer = await dueTimers(...args);
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
  assert.deepEqual(fired.slice(-2).sort(), ["1 earlier", "1 now"]);
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

test("a wait that begins and ends in this process fires without a read", async () => {
  const { clock, store, timers, fired, reads, set } = open(() => true);
  await store.commit([handOver({ creates: [run(1), run(2)] })]);
  timers.start();
  await settled();
  reads.length = 0;
  for (let i = 0; i < 50; i++) {
    await set({ runNo: 1, key: `k${i}`, dueAt: clock.now() + 10 }, {
      runNo: 2,
      key: `far${i}`,
      dueAt: clock.now() + 3_600_000,
    });
    clock.advance(9);
    await settled();
    assert.equal(fired.length, i);
    clock.advance(1);
    await settled();
    assert.equal(fired.at(-1), `1 k${i}`);
  }
  assert.deepEqual(reads, []);
  timers.close();
});

test("more timers than are kept in memory fire in their order, each at its time", async () => {
  const { clock, store, timers, fired, reads, set } = open(() => true);
  const count = 24_000;
  await store.commit([handOver({ creates: [run(1)] })]);
  timers.start();
  await settled();
  const rows = Array.from(
    { length: count },
    // In an order that is none.
    (_, i) => ({ runNo: 1, key: String((i * 7_919) % count), dueAt: 0 }),
  );
  const base = clock.now();
  for (const row of rows) row.dueAt = base + 1_000 + Number(row.key);
  await set(...rows);
  for (let at = 0; at < count + 1_000; at += 500) {
    clock.advance(500);
    await settled();
    const due = Math.max(0, Math.min(count, clock.now() - base - 1_000 + 1));
    assert.equal(fired.length, due, `after ${at} ms`);
  }
  assert.deepEqual(fired, Array.from({ length: count }, (_, i) => `1 ${i}`));
  const read = reads.reduce((sum, each) => sum + each, 0);
  assert.ok(read > 0 && read < 4 * count, `${read} rows read`);
  timers.close();
});

test("whatever is set, settled, lost, read late or left alone fires when it is due", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`seed ${seed}`);
  const random = seeded(seed);
  const int = (below: number) => Math.floor(random() * below);
  const RUNS = 12;
  const away = new Set<number>();
  const clock = new TestClock();
  const store = createMemoryStore();
  await store.commit([handOver({ creates: Array.from({ length: RUNS }, (_, i) => run(i + 1)) })]);
  /** What the store holds, and whether it has fired. */
  const rows = new Map<string, { dueAt: number; fired: boolean }>();
  const late: (() => void)[] = [];
  const dueTimers = store.dueTimers.bind(store);
  store.dueTimers = async (...args) => {
    const answer = await dueTimers(...args);
    if (random() < 0.5) await new Promise<void>((resolve) => late.push(resolve));
    return answer;
  };
  const timers = new Timers({
    store,
    clock,
    log: silentLogger,
    fire({ runNo, key, dueAt, runId }) {
      const row = rows.get(`${runNo} ${key}`);
      assert.equal(row?.dueAt, dueAt, `${runNo} ${key} is not set for ${dueAt}`);
      assert.ok(dueAt <= clock.now(), `${dueAt - clock.now()} ms early`);
      assert.equal(runId, run(runNo).id);
      row.fired = true;
    },
    ownerOf: (runNo) => away.has(runNo) ? null : { runId: run(runNo).id, agentId: "a" },
  });
  const commit = async (row: TimerRow) => {
    await store.commit([handOver({ timers: [row] })]);
    const name = `${row.runNo} ${row.key}`;
    if (row.dueAt === null) rows.delete(name);
    else rows.set(name, { dueAt: row.dueAt, fired: false });
    timers.committed([row]);
  };
  const dues = [
    () => int(20) - 5,
    () => int(200),
    () => 900 + int(400),
    () => 2_000 + int(9_000),
    () => 3_600_000,
  ];
  timers.start();
  for (let step = 0; step < 3_000; step++) {
    const runNo = 1 + int(RUNS);
    const key = "abc"[int(3)]!;
    const what = random();
    if (what < 0.4) {
      await commit({ runNo, key, dueAt: clock.now() + dues[int(dues.length)]!() });
    } else if (what < 0.6) await commit({ runNo, key, dueAt: null });
    else if (what < 0.65) {
      for (const [name, row] of rows) if (name.startsWith(`${runNo} `)) row.fired = false;
      timers.again(runNo);
    } else if (what < 0.7) {
      if (!away.delete(runNo)) away.add(runNo);
    } else if (what < 0.8) { for (const answer of late.splice(0)) answer(); }
    else clock.advance(int(400));
    await settled();
    if (step % 10 > 0) continue;
    // Once every read is answered all that is due has fired.
    do {
      for (const answer of late.splice(0)) answer();
      await settled();
    } while (late.length > 0);
    for (const [name, { dueAt, fired }] of rows) {
      if (dueAt <= clock.now()) assert.ok(fired, `${name} was due at ${dueAt} (step ${step})`);
    }
  }
  timers.close();
});

/** Lets everything be done that needs no time. */
async function settled(): Promise<void> {
  for (let i = 0; i < 12; i++) await new Promise(setImmediate);
}
