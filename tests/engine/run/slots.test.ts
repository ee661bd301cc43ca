// How the pool shares its slots: never more than its size, fairly between runs, nothing leaked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FairQueue } from "../../../core/fair-queue.ts";
import { type Slot, SlotPool } from "../../../engine/run/slots.ts";
import { openTestEngine, settle, until } from "../../support/test-engine.ts";

test("the queue serves its keys in turns, each in its own order", () => {
  const queue = new FairQueue<string>();
  for (const value of ["a1", "a2", "a3", "b1", "c1", "c2"]) queue.push(value[0]!, value);
  const served = Array.from({ length: 6 }, () => queue.shift());
  assert.deepEqual(served, ["a1", "b1", "c1", "a2", "c2", "a3"]);
  assert.equal(queue.shift(), undefined);
});

test("what is withdrawn is not served", () => {
  const queue = new FairQueue<number>();
  const withdraw = [1, 2, 3].map((value) => queue.push("k", value));
  assert.equal(withdraw[1]!(), true);
  assert.equal(queue.size, 2);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], [1, 3, undefined]);
  assert.equal(withdraw[0]!(), false);
});

test("as many run as the pool has slots; a released one goes to the next", () => {
  const pool = new SlotPool(2);
  const running: string[] = [];
  const slots = ["a", "b", "c"].map((run) => {
    const slot = pool.request(run, () => {});
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

test("once committed starts wait, no more are admitted than the pool could take next", () => {
  const pool = new SlotPool(2);
  const admitted: Slot[] = [];
  const request = () => {
    const slot: Slot = pool.request("run", () => admitted.push(slot));
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

test("a closed pool admits nothing and is idle when the last one has gone", async () => {
  const pool = new SlotPool(1);
  const slot = pool.request("a", () => {});
  slot.occupy(() => {});
  pool.close();
  assert.equal(pool.request("b", () => {}).state, "queued");
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
