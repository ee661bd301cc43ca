// How the pool shares its slots: fairly between agents and between runs, nothing leaked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Slot, SlotPool } from "../../../engine/calls/slots.ts";
import { openTestEngine, settle, until } from "../../support/test-engine.ts";

const of = (agent: string, run = "run") => ({ agent, run });

/** Asks for slots as an agent whose starts are committed at once. */
function occupy(pool: SlotPool, agent: string, count: number) {
  const slots: Slot[] = [];
  for (let i = 0; i < count; i++) {
    const slot: Slot = pool.request(of(agent, `${agent}${i}`), () => slot.occupy(() => {}));
    if (slot.state === "admitted") slot.occupy(() => {});
    slots.push(slot);
  }
  return {
    slots,
    running: () => slots.filter(({ state }) => state === "running").length,
    end: (most: number) => {
      const running = slots.filter(({ state }) => state === "running");
      for (const slot of running.slice(0, most)) slot.release();
    },
  };
}

test("as many run as the pool has slots; a released one goes to the next", () => {
  const pool = new SlotPool(2);
  const running: string[] = [];
  const slots = ["a", "b", "c"].map((run) => {
    const slot = pool.request(of("one", run), () => {});
    assert.equal(slot.state, "admitted");
    return slot;
  });
  slots.forEach((slot, i) => slot.occupy(() => running.push("abc"[i]!)));
  assert.deepEqual(running, ["a", "b"]);
  slots[0]!.release();
  assert.deepEqual(running, ["a", "b", "c"]);
  slots[0]!.release();
  assert.equal(pool.running, 2);
  slots[1]!.release();
  slots[2]!.release();
  assert.equal(pool.running, 0);
});

test("a pool that grows starts what waits; one that shrinks lets what runs end", () => {
  const pool = new SlotPool(1);
  const { running, end } = occupy(pool, "one", 6);
  assert.equal(running(), 1);
  pool.resize(4);
  assert.deepEqual([running(), pool.size], [4, 4]);
  pool.resize(2);
  assert.equal(running(), 4);
  end(1);
  end(1);
  assert.equal(running(), 2, "nothing begins while more run than may");
  end(1);
  assert.equal(running(), 2);
});

test("once committed starts wait, no more are admitted than the pool could take next", () => {
  const pool = new SlotPool(2);
  const admitted: Slot[] = [];
  const request = () => {
    const slot: Slot = pool.request(of("one"), () => admitted.push(slot));
    if (slot.state === "admitted") admitted.push(slot);
  };
  for (let i = 0; i < 3; i++) request();
  for (const slot of [...admitted]) slot.occupy(() => {});
  // Two run, one waits: one more may be admitted, the others stay in the queue.
  for (let i = 0; i < 10; i++) request();
  assert.equal(admitted.length, 4);
  for (const slot of admitted) slot.release();
  assert.ok(admitted.length > 4);
});

test("an agent runs its share beside another that holds all slots for hours, and the pool shrinks again", () => {
  const pool = new SlotPool(10);
  const holder = occupy(pool, "holder", 40);
  assert.equal(holder.running(), 10);
  const other = occupy(pool, "other", 40);
  assert.deepEqual([holder.running(), other.running()], [10, 5]);
  // What makes up for a share is given back: what the holder ends goes to nobody, to half of it.
  holder.end(5);
  assert.deepEqual([holder.running(), other.running()], [5, 5]);
  holder.end(1);
  assert.equal(pool.running, 10);
  other.end(1);
  assert.equal(pool.running, 10);
  for (const slot of holder.slots) slot.release();
  assert.equal(other.running(), 10);
  for (const slot of other.slots) slot.release();
  assert.equal(pool.running, 0);
});

test("however many agents there are, no more than twice its size run, and each has its turn", () => {
  const pool = new SlotPool(2);
  const agents = Array.from({ length: 9 }, (_, i) => occupy(pool, `agent${i}`, 3));
  assert.equal(pool.running, 4);
  for (let round = 0; round < 100; round++) {
    for (const agent of agents) agent.end(1);
    assert.ok(pool.running <= 4);
  }
  assert.ok(agents.every(({ slots }) => slots.every(({ state }) => state === "released")));
});

test("what an agent has committed ahead keeps no other from starting", () => {
  const pool = new SlotPool(2);
  const flood = occupy(pool, "flood", 1_000);
  const slot = pool.request(of("other"), () => {});
  assert.equal(slot.state, "admitted");
  let started = false;
  slot.occupy(() => started = true);
  assert.ok(started);
  // And of the flood no more is marked as started than is about to run.
  const ahead = flood.slots.filter(({ state }) => state === "waiting" || state === "admitted");
  assert.ok(ahead.length <= 2, String(ahead.length));
});

test("a closed pool admits nothing and is idle when the last one has gone", async () => {
  const pool = new SlotPool(1);
  const slot = pool.request(of("one"), () => {});
  slot.occupy(() => {});
  pool.close();
  assert.equal(pool.request(of("two"), () => {}).state, "queued");
  let idle = false;
  const waiting = pool.idle().then(() => idle = true);
  await settle();
  assert.equal(idle, false);
  slot.release();
  await waiting;
});

test("a run that wants everything does not starve another", async () => {
  const engine = await openTestEngine({ poolSize: 2 });
  const wide = Array.from({ length: 300 }, (_, i) => ({ id: `w${i}`, action: "test.external" }));
  const { workflow_id } = await engine.run(wide, { wait_ms: 0 });
  await until(() => engine.open.length === 2, "a full pool");
  const small = engine.run([{ id: "small", action: "test.external" }]);
  await settle();
  let others = 0;
  while (!engine.open.some((call) => call.stepId === "small")) {
    engine.open[0]!.resolve(1);
    assert.ok(++others < 200, "the small run waits behind all of the large one");
    await settle();
  }
  (await engine.called("small")).resolve(1);
  assert.equal((await small).status, "completed");
  await engine.opcode.signal({ workflow_id, signal_type: "cancel" });
});
