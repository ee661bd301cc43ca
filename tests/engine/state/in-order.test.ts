// Whether what comes and goes stays in order, against a list that is sorted anew each time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InOrder } from "../../../engine/state/in-order.ts";
import { seeded } from "../../support/random.ts";

test("whatever comes and goes in which order, the line is that of the numbers", () => {
  const next = seeded(7);
  const line = new InOrder<{ number: number }>(({ number }) => number);
  const known = new Map<number, { number: number }>();
  for (let i = 0; i < 2_000; i++) {
    const number = Math.floor(next() * 100);
    const thing = { number };
    if (next() < 0.6) {
      line.add(thing);
      known.set(number, thing);
    } else if (next() < 0.5) {
      // Another one with the same number is none of these.
      line.delete(thing);
    } else if (known.has(number)) {
      line.delete(known.get(number)!);
      known.delete(number);
    }
    const sorted = [...known.values()].sort((a, b) => a.number - b.number);
    assert.equal(line.size, sorted.length);
    assert.ok([...line].every((each, at) => each === sorted[at]), `after ${i}`);
    assert.deepEqual(line.first(3), sorted.slice(0, 3));
    assert.deepEqual(line.last(3), sorted.slice(-3).reverse());
  }
});
