// Whether runs that compute much leave room for others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { paced } from "../../../engine/run/pace.ts";
import { echo, loop } from "../../support/steps.ts";
import { openTestEngine, TestClock } from "../../support/test-engine.ts";

/** A clock by which everything that looks at it takes 6 ms. */
class SlowClock extends TestClock {
  #elapsed = 0;

  override monotonic(): number {
    return this.#elapsed += 6;
  }
}

test("a turn ends by its time, however few events it has and wherever it stands", async () => {
  const shapes = [
    [loop("l", { mode: "while", condition: "true", max_iter: 40 }, [echo("b")])],
    [echo("z"), loop("l", { mode: "while", condition: "true", max_iter: 40 }, [echo("b")])],
    Array.from({ length: 40 }, (_, i) => echo(`s${i}`, {}, { condition: "1 > 2" })),
  ];
  for (const steps of shapes) {
    const engine = await openTestEngine({ clock: new SlowClock() });
    let largest = 0;
    const commit = engine.store.commit.bind(engine.store);
    engine.store.commit = (batch) => {
      for (const { events } of batch) largest = Math.max(largest, events.length);
      return commit(batch);
    };
    assert.equal((await engine.run(steps)).status, "completed");
    assert.ok(largest <= 12, `${largest} events in one turn`);
  }
});

test("calls that are due together come in order, in slices", () => {
  const slices: (() => void)[] = [];
  const soon = paced(new SlowClock(), (run) => slices.push(run));
  const called: string[] = [];
  for (const name of ["a", "b", "c"]) {
    soon(() => {
      called.push(name);
      soon(() => called.push(`${name} again`));
    });
  }
  const lengths: number[] = [];
  while (slices.length > 0) {
    slices.shift()!();
    lengths.push(called.length);
  }
  assert.deepEqual(called, ["a", "b", "c", "a again", "b again", "c again"]);
  assert.deepEqual(lengths, [2, 4, 6]);
});

test("a call that throws keeps no other from being made", () => {
  const slices: (() => void)[] = [];
  const soon = paced(new TestClock(), (run) => slices.push(run));
  let called = false;
  soon(() => {
    throw new Error("first");
  });
  soon(() => called = true);
  assert.throws(slices.shift()!, /first/);
  slices.shift()!();
  assert.ok(called);
});
