// Whether numbers of runs are at hand without a wait, and never the same twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RunNumbers } from "../../../engine/store/run-numbers.ts";

/** A store of numbers that answers when it is let; others may take some in between. */
function numbers() {
  let last = 0;
  let asked = 0;
  let answer: Promise<void> = Promise.resolve();
  return {
    asked: () => asked,
    others: (count: number) => last += count,
    wait: (until: Promise<void>) => answer = until,
    async takeRunNos(count: number) {
      asked++;
      const first = last + 1;
      last += count;
      await answer;
      return first;
    },
  };
}

const take = (from: RunNumbers, count: number) => Array.from({ length: count }, () => from.next());
const settle = () => new Promise(setImmediate);

test("they grow, across blocks and what others took in between", async () => {
  const store = numbers();
  const own = new RunNumbers(store, 10);
  await own.open();
  store.others(100);
  const found: number[] = [];
  for (let i = 0; i < 7; i++) {
    found.push(...take(own, 5));
    await settle();
  }
  assert.deepEqual(found.slice(0, 12), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 111, 112]);
  assert.deepEqual(found, [...new Set(found)].sort((a, b) => a - b));
});

test("the next block is taken while half of one is left, once", async () => {
  const store = numbers();
  const own = new RunNumbers(store, 10);
  await own.open();
  take(own, 5);
  assert.equal(store.asked(), 1);
  take(own, 3);
  assert.equal(store.asked(), 2);
  await settle();
  take(own, 4);
  assert.equal(store.asked(), 2);
});

test("without an answer in time a number is BUSY, and comes when the answer has", async () => {
  const store = numbers();
  const own = new RunNumbers(store, 4);
  await own.open();
  const { promise, resolve } = Promise.withResolvers<void>();
  store.wait(promise);
  take(own, 4);
  assert.throws(() => own.next(), { code: "BUSY" });
  resolve();
  await settle();
  assert.equal(own.next(), 5);
});

test("a store that fails is asked again", async () => {
  const store = numbers();
  const own = new RunNumbers(store, 4);
  await own.open();
  store.wait(Promise.reject(new Error("the disk is full")));
  take(own, 3);
  await settle();
  store.wait(Promise.resolve());
  own.next();
  await settle();
  assert.ok(own.next() > 4);
});
