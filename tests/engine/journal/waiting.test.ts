// What goes into the next commit: fairly by agent, each agent's in its order, nothing left for ever.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Waiting, WaitingLine } from "../../../engine/journal/waiting.ts";

interface Entry extends Waiting {
  n: number;
}

function lineOf(entries: [agent: string, bytes: number][]): WaitingLine<Entry> {
  const line = new WaitingLine<Entry>();
  for (const [n, [agent, bytes]] of entries.entries()) line.push({ agent, bytes, n });
  return line;
}

const numbers = (entries: Entry[]) => entries.map(({ n }) => n);

test("one agent's goes all at once, in its order", () => {
  const line = lineOf([["a", 9], ["a", 1], ["a", 5]]);
  assert.deepEqual(numbers(line.take({ most: Infinity })), [0, 1, 2]);
  assert.ok(line.empty);
});

test("one agent's goes in batches up to their size, of one entry at least", () => {
  const line = lineOf([["a", 9], ["a", 1], ["a", 50], ["a", 5]]);
  const batches = Array.from({ length: 3 }, () => numbers(line.take({ most: 10 })));
  assert.deepEqual(batches, [[0, 1], [2], [3]]);
  assert.ok(line.empty);
});

test("a batch takes from each agent in turns, the smallest first, up to its size", () => {
  const line = lineOf([...Array.from({ length: 9 }, () => ["a", 10] as [string, number]), [
    "b",
    1,
  ]]);
  assert.deepEqual(numbers(line.take({ most: 30 })), [9, 0, 1]);
  assert.deepEqual(numbers(line.take({ most: 30 })), [2, 3, 4]);
  assert.deepEqual(numbers(line.take({ most: Infinity })), [5, 6, 7, 8]);
});

test("a batch that holds all that one of several has is short", () => {
  const heavy: [string, number][] = Array.from({ length: 9 }, () => ["a", 10]);
  const line = lineOf([...heavy, ["b", 1]]);
  assert.deepEqual(numbers(line.take({ most: 90, few: 30 })), [9, 0, 1]);
  assert.deepEqual(
    numbers(line.take({ most: 50, few: 30 })),
    [2, 3, 4, 5, 6],
    "of one alone it is long",
  );
  // While each of them has more than its part, neither waits for little.
  const both = lineOf([...heavy, ...heavy.map(([, bytes]) => ["b", bytes] as [string, number])]);
  assert.equal(both.take({ most: 90, few: 30 }).length, 9);
});

test("one of several agents brings no more than its part, and one entry at least", () => {
  const line = lineOf([["a", 10], ["a", 10], ["a", 10], ["b", 90], ["b", 1], ["c", 1]]);
  assert.deepEqual(numbers(line.take({ most: 200, each: 20 })), [5, 0, 3, 1]);
  assert.deepEqual(numbers(line.take({ most: 200, each: 20 })), [4, 2]);
  // Nor does who is alone in the line: others may be about to come.
  const alone = lineOf([["a", 10], ["a", 10], ["a", 10]]);
  assert.deepEqual(numbers(alone.take({ most: 200, each: 20 })), [0, 1]);
});

test("what is too large for a batch beside others is the first of the next", () => {
  const line = lineOf([["a", 1_000], ["b", 1], ["b", 1]]);
  assert.deepEqual(numbers(line.take({ most: 30 })), [1, 2]);
  for (let n = 3; n < 6; n++) line.push({ agent: "b", bytes: 1, n });
  assert.deepEqual(numbers(line.take({ most: 30 })), [0]);
  assert.deepEqual(numbers(line.take({ most: 30 })), [3, 4, 5]);
  assert.ok(line.empty);
});

test("of many agents nobody waits for ever, and nobody's order changes", () => {
  const line = new WaitingLine<Entry>();
  const served = new Map<string, number>();
  let n = 0;
  for (let round = 0; round < 200; round++) {
    for (let agent = 0; agent < 20; agent++) {
      line.push({ agent: `${agent}`, bytes: agent % 4 === 0 ? 500 : 10 + agent, n: n++ });
    }
    const last = new Map<string, number>();
    const batch = line.take({ most: 1_000 });
    assert.ok(batch.length > 0);
    for (const entry of batch) {
      assert.ok(entry.n > (last.get(entry.agent) ?? -1));
      last.set(entry.agent, entry.n);
      served.set(entry.agent, (served.get(entry.agent) ?? 0) + 1);
    }
  }
  assert.equal(served.size, 20);
  for (const [agent, times] of served) assert.ok(times >= 20, `${agent} was served ${times} times`);
});

test("what is taken out is gone, in the order of its agent", () => {
  const line = lineOf([["a", 1], ["b", 1], ["a", 1], ["a", 1]]);
  const asked: number[] = [];
  line.remove(({ agent, n }) => {
    if (agent === "a") asked.push(n);
    return n === 2 || agent === "b";
  });
  assert.deepEqual(asked, [0, 2, 3]);
  assert.deepEqual(numbers(line.all()), [0, 3]);
  assert.ok(line.empty);
});

test("what is large waits while its agent rests, and what is small does not", () => {
  const rests = (agent: string) => agent === "a";
  const alone = lineOf([["a", 50], ["a", 1]]);
  assert.deepEqual(numbers(alone.take({ most: 10, rests })), []);
  assert.deepEqual(numbers(alone.take({ most: 10 })), [0]);
  assert.deepEqual(numbers(alone.take({ most: 10, rests })), [1]);
  const shared = lineOf([["a", 50], ["b", 60], ["a", 1], ["b", 2]]);
  assert.deepEqual(numbers(shared.take({ most: 10, rests })), [1]);
  assert.deepEqual(numbers(shared.take({ most: 10, rests })), [3]);
  assert.deepEqual(numbers(shared.take({ most: 10, rests })), []);
  assert.ok(!shared.empty);
});
