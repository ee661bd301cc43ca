// Whether the simulator can fail: deliberate faults under the engine, each of which it must see.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL } from "../support/trials.ts";
import { MUTATIONS } from "./mutations.ts";
import { simulate } from "./simulate.ts";
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

for (const [name, make] of Object.entries(MUTATIONS)) {
  test(`a fault is seen: ${name}`, async (t) => {
    const struck: number[] = [];
    const caught: number[] = [];
    let played = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const mutation = make(seed % 3);
      played++;
      // A store that checked numbers itself would not let the fault in.
      const disk = memoryDisk({ trusting: true });
      const { faults } = await simulate(seed, { disk, through: mutation.through });
      if (!mutation.struck) {
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
