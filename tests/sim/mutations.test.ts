// Whether the simulator can fail: deliberate faults under the engine, each of which it must see.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL } from "../support/trials.ts";
import { MUTATIONS } from "./mutations.ts";
import { NODE_MUTATIONS } from "./nodes/node-mutations.ts";
import { simulate, type SimulateOptions } from "./simulate.ts";
import { memoryDisk } from "./world/disk.ts";

const SEEDS = 80;
/** Where not all is tried, a fault that has struck and was seen so often is seen. */
const ENOUGH = { struck: 6, caught: 3 };
/**
 * Many a fault strikes where it does no harm: a timer whose wait is answered before its time. Of
 * dropped timers a fifth is seen (600 seeds); so few seeds as here say it only roughly.
 */
const LEAST_CAUGHT = 0.12;

function isEnough(struck: number[], caught: number[]): boolean {
  return !ALL && struck.length >= ENOUGH.struck && caught.length >= ENOUGH.caught &&
    caught.length >= LEAST_CAUGHT * struck.length;
}

/** What a seed is played with that has the fault in it, and whether that has struck. */
interface Faulty {
  options: SimulateOptions;
  fault: { readonly struck: boolean };
}

const FAULTY: Record<string, (seed: number) => Faulty> = {
  ...mapped(MUTATIONS, (make) => (seed) => {
    const fault = make(seed % 3);
    // A store that checked numbers itself would not let the fault in.
    return { fault, options: { disk: memoryDisk({ trusting: true }), through: fault.through } };
  }),
  ...mapped(NODE_MUTATIONS, (make) => () => {
    const fault = make();
    return { fault, options: { nodes: fault.nodes } };
  }),
};

function mapped<A, B>(all: Record<string, A>, map: (one: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, map(one)]));
}

for (const [name, make] of Object.entries(FAULTY)) {
  test(`a fault is seen: ${name}`, async (t) => {
    const struck: number[] = [];
    const caught: number[] = [];
    let played = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const { fault, options } = make(seed);
      played++;
      const { faults } = await simulate(seed, options);
      if (!fault.struck) {
        assert.deepEqual(faults, [], `seed ${seed}, in which nothing is wrong`);
        continue;
      }
      struck.push(seed);
      if (faults.length > 0) caught.push(seed);
      if (isEnough(struck, caught)) break;
    }
    t.diagnostic(
      `it struck in ${struck.length} of ${played} seeds and was seen in ${caught.length}`,
    );
    assert.ok(struck.length >= 5, `it struck in ${struck.length} seeds only`);
    assert.ok(caught.length >= LEAST_CAUGHT * struck.length, `seen only in ${caught}`);
  });
}
