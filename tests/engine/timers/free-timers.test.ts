// Whether timers that belong to no run fire, also after a restart, and are acted on once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Logger, silentLogger } from "../../../core/log.ts";
import { FreeTimers } from "../../../engine/timers/free-timers.ts";
import { Timers } from "../../../engine/timers/timers.ts";
import { type HandOver, NO_RUN } from "../../../engine/store/store.ts";
import { createMemoryStore, type MemoryStore } from "../../support/memory-store.ts";
import { handOver } from "../../support/rows.ts";
import { TestClock } from "../../support/test-engine.ts";

/** One process with its timers over a store. */
function open(store: MemoryStore, clock: TestClock, log: Logger = silentLogger) {
  const free = new FreeTimers(log);
  const timers = new Timers({
    store,
    clock,
    log,
    fire: (timer) => timer.runId === null && free.fire(timer),
    ownerOf: () => null,
  });
  const commit = async (rows: Partial<HandOver>) => {
    const [result] = await store.commit([handOver(rows)]);
    if (!result!.ok) return false;
    timers.claimed(rows.claims ?? []);
    timers.committed(rows.timers ?? []);
    return true;
  };
  return { free, timers, commit };
}

async function settle(clock: TestClock, ms = 1) {
  clock.advance(ms);
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

const timer = (key: string, dueAt: number) => ({ runNo: NO_RUN, key, dueAt });

test("one fires at its time, and again when whoever acted on it set it anew", async () => {
  const clock = new TestClock();
  const store = createMemoryStore();
  const { free, timers, commit } = open(store, clock);
  const fired: number[] = [];
  const start = clock.now();
  free.on("sweep", async ({ key, dueAt }) => {
    fired.push(dueAt - start);
    await commit({ claims: [{ key, dueAt }], timers: [timer(key, dueAt + 60_000)] });
  });
  timers.start();
  await settle(clock);
  await commit({ timers: [timer("sweep:old", start + 60_000)] });
  await settle(clock, 59_000);
  assert.deepEqual(fired, []);
  for (let minute = 0; minute < 3; minute++) await settle(clock, 60_000);
  assert.deepEqual(fired, [60_000, 120_000, 180_000]);
  timers.close();
});

test("one that fell due while no process was there fires when the next one starts", async () => {
  const clock = new TestClock();
  const store = createMemoryStore();
  await store.commit([handOver({ timers: [timer("lease:x", clock.now() + 5)] })]);
  await settle(clock, 60_000);
  const { free, timers } = open(store.crash(), clock);
  const fired: string[] = [];
  free.on("lease", ({ key }) => void fired.push(key));
  timers.start();
  await settle(clock);
  assert.deepEqual(fired, ["lease:x"]);
  timers.close();
});

test("of two processes that fire the same one acts", async () => {
  const clock = new TestClock();
  const store = createMemoryStore();
  const acted: string[] = [];
  const all = [store, store.beside()].map((each, i) => {
    const { free, timers, commit } = open(each, clock);
    free.on("schedule", async ({ key, dueAt }) => {
      if (await commit({ claims: [{ key, dueAt }] })) acted.push(`${i} ${key}`);
    });
    return timers;
  });
  await store.commit([handOver({ timers: [timer("schedule:a", clock.now() - 1)] })]);
  for (const timers of all) timers.start();
  await settle(clock);
  assert.equal(acted.length, 1);
  for (const timers of all) timers.close();
});

test("what was not stored is tried again when it is asked for", async () => {
  const clock = new TestClock();
  const store = createMemoryStore();
  await store.commit([handOver({ timers: [timer("sweep:a", clock.now() - 1)] })]);
  const { free, timers } = open(store, clock);
  let fired = 0;
  free.on("sweep", () => void fired++);
  timers.start();
  await settle(clock);
  assert.equal(fired, 1);
  timers.again(NO_RUN);
  await settle(clock);
  assert.equal(fired, 2);
  timers.close();
});

test("one of a kind that nobody waits for stays stored, and is told once a kind", async () => {
  const clock = new TestClock();
  const store = createMemoryStore();
  const told: unknown[] = [];
  const log: Logger = { ...silentLogger, warn: (_, fields) => void told.push(fields?.kind) };
  await store.commit([
    handOver({ timers: ["later:a", "later:b", "other:c"].map((key) => timer(key, clock.now())) }),
  ]);
  const { timers } = open(store, clock, log);
  timers.start();
  await settle(clock);
  assert.deepEqual(told, ["later", "other"]);
  assert.equal((await store.dueTimers(clock.now(), 9)).timers.length, 3);
  timers.close();
});

test("a kind has one who waits for it", () => {
  const free = new FreeTimers(silentLogger);
  free.on("sweep", () => {});
  assert.throws(() => free.on("sweep", () => {}), /waited for already/);
});
