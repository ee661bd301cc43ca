// How those who wait take turns: agents first, then the runs of one, each in its own order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FairQueue } from "../../core/fair-queue.ts";

/** `a1x`: agent a, its run 1, its value x. */
function filled(values: string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const value of values) queue.push({ agent: value[0]!, run: value[1]! }, value);
  return queue;
}

function drain(queue: FairQueue<string>): string[] {
  return Array.from({ length: queue.size }, () => queue.shift()!);
}

test("agents take turns, then their runs, each in its own order", () => {
  const queue = filled(["a1x", "a1y", "a1z", "a2x", "a2y", "b1x", "c1x", "c1y"]);
  assert.deepEqual(drain(queue), ["a1x", "b1x", "c1x", "a2x", "c1y", "a1y", "a2y", "a1z"]);
  assert.equal(queue.shift(), undefined);
  assert.equal(queue.size, 0);
});

test("who comes late is served after one turn of each that was there", () => {
  const queue = filled(Array.from({ length: 100 }, (_, i) => `a${i % 10}${i}`));
  assert.equal(queue.shift()![0], "a");
  queue.push({ agent: "b", run: "1" }, "b1x");
  assert.equal(queue.shift()![0], "a");
  assert.equal(queue.shift(), "b1x");
});

test("what is withdrawn is not served, wherever it stands", () => {
  const queue = new FairQueue<number>();
  const withdraw = [1, 2, 3, 4].map((value) => queue.push({ agent: "a", run: "r" }, value));
  assert.equal(withdraw[1]!(), true);
  assert.equal(withdraw[3]!(), true);
  assert.equal(queue.size, 2);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], [1, 3, undefined]);
  assert.deepEqual(withdraw.map((again) => again()), [false, false, false, false]);
  queue.push({ agent: "a", run: "r" }, 5);
  assert.equal(queue.shift(), 5);
});

test("those who may not have their turn keep it", () => {
  const queue = filled(["a1x", "b1x", "c1x"]);
  const served = [queue.shift((agent) => agent !== "a"), queue.shift((agent) => agent === "c")];
  assert.deepEqual(served, ["b1x", "c1x"]);
  assert.equal(queue.shift(() => false), undefined);
  assert.equal(queue.shift(), "a1x");
});

test("nothing is kept of what was served or withdrawn while others wait", async () => {
  const queue = new FairQueue<object>();
  const party = { agent: "a", run: "r" };
  let collected = 0;
  const registry = new FinalizationRegistry(() => collected++);
  const add = () => {
    const value = { large: new Array(1_000).fill(0) };
    registry.register(value, null);
    return queue.push(party, value);
  };
  for (let i = 0; i < 200; i++) add();
  for (let i = 0; i < 100; i++) add()();
  for (let i = 0; i < 199; i++) queue.shift();
  // Collection is not ours to call: it comes with what is allocated and kept for a while.
  let hoard: unknown[] = [];
  for (let round = 0; round < 2_000 && collected < 250; round++) {
    if (round % 100 === 0) hoard = [];
    hoard.push(new Array(100_000).fill(round));
    if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(queue.size, 1);
  assert.ok(collected >= 250, `${collected} of 299 are gone`);
});
