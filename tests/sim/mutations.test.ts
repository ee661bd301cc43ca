// Whether the simulator can fail: deliberate faults under the engine, each of which it must see.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MUTATIONS } from "./mutations.ts";
import { simulate } from "./simulate.ts";
import { memoryDisk } from "./world/disk.ts";

const SEEDS = 80;
/**
 * Many a fault strikes where it does no harm: a timer whose wait is answered before its time. Of
 * dropped timers a fifth is seen (600 seeds); so few seeds as here say it only roughly.
 */
const LEAST_CAUGHT = 0.12;

for (const [name, make] of Object.entries(MUTATIONS)) {
  test(`a fault is seen: ${name}`, async (t) => {
    const struck: number[] = [];
    const caught: number[] = [];
    for (let seed = 0; seed < SEEDS; seed++) {
      const mutation = make(seed % 3);
      // A store that checked numbers itself would not let the fault in.
      const disk = memoryDisk({ trusting: true });
      const { faults } = await simulate(seed, { disk, through: mutation.through });
      if (!mutation.struck) {
        assert.deepEqual(faults, [], `seed ${seed}, in which nothing is wrong`);
        continue;
      }
      struck.push(seed);
      if (faults.length > 0) caught.push(seed);
    }
    t.diagnostic(
      `it struck in ${struck.length} of ${SEEDS} seeds and was seen in ${caught.length}`,
    );
    assert.ok(struck.length >= 5, `it struck in ${struck.length} seeds only`);
    assert.ok(caught.length >= LEAST_CAUGHT * struck.length, `seen only in ${caught}`);
  });
}
