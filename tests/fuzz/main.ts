// `npm run fuzz -- --engine X --minutes N --seed S`: random expressions, until one breaks an engine.

import { parseArgs } from "node:util";
import { seeded } from "../support/random.ts";
import { target as cel } from "./cel.ts";
import { exprTarget as expr } from "./expr.ts";
import { target as jq } from "./jq.ts";
import type { FuzzTarget } from "./target.ts";

const TARGETS: readonly FuzzTarget[] = [cel, jq, expr];

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "cel" },
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const target = TARGETS.find(({ name }) => name === values.engine);
if (!target) {
  console.error(`--engine must be one of ${TARGETS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const seed = Number(values.seed);
const end = performance.now() + Number(values.minutes) * 60_000;
console.log(`${target.name}, ${values.minutes} minutes, seed ${seed}`);
const once = await target.load();
let count = 0;
for (; performance.now() < end; count++) {
  try {
    // Each input has its own numbers, so that one alone can be played again.
    await once(seeded(seed + count));
  } catch (thrown) {
    console.error(`✖ --seed ${seed + count}: ${thrown instanceof Error ? thrown.message : thrown}`);
    process.exit(1);
  }
}
console.log(`✔ ${count} expressions`);
process.exit(0);
