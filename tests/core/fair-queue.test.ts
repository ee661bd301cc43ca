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
  const queued = [1, 2, 3, 4].map((value) => queue.push({ agent: "a", run: "r" }, value));
  queue.withdraw(queued[1]!);
  queue.withdraw(queued[3]!);
  assert.equal(queue.size, 2);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], [1, 3, undefined]);
  assert.ok(queued.every(({ live }) => !live));
  queue.push({ agent: "a", run: "r" }, 5);
  for (const again of queued) queue.withdraw(again);
  assert.equal(queue.size, 1);
  assert.equal(queue.shift(), 5);
});

test("a run is found again among others, and when it is alone again", () => {
  const queue = filled(["a1x", "a2x", "a1y", "a2y", "a3x"]);
  const served = Array.from({ length: 4 }, () => queue.shift());
  assert.deepEqual(served, ["a1x", "a2x", "a3x", "a1y"]);
  for (const value of ["a2z", "a1z"]) queue.push({ agent: "a", run: value[1]! }, value);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ["a2y", "a1z", "a2z"]);
  queue.push({ agent: "a", run: "1" }, "a1!");
  queue.push({ agent: "a", run: "1" }, "a1?");
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ["a1!", "a1?", undefined]);
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
  for (let i = 0; i < 100; i++) queue.withdraw(add());
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
