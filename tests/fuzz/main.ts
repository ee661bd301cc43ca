// `npm run fuzz -- --engine X --minutes N --seed S`: random expressions, or requests, until one breaks an engine.
//
// `--count N` makes so many of them, however long that takes.

import { parseArgs } from "node:util";
import { seeded } from "../support/random.ts";
import { target as cel } from "./cel.ts";
import { exprTarget as expr } from "./expr.ts";
import { target as jq } from "./jq.ts";
import { target as rest } from "./rest.ts";
import type { FuzzTarget } from "./target.ts";

const TARGETS: readonly FuzzTarget[] = [cel, jq, expr, rest];

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "cel" },
    minutes: { type: "string", default: "10" },
    count: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const target = TARGETS.find(({ name }) => name === values.engine);
if (!target) {
  console.error(`--engine must be one of ${TARGETS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const seed = Number(values.seed);
const most = values.count === undefined ? Infinity : Number(values.count);
const minutes = values.count === undefined ? Number(values.minutes) : Infinity;
const end = performance.now() + minutes * 60_000;
const howMuch = values.count === undefined ? `${minutes} minutes` : `${most} inputs`;
console.log(`${target.name}, ${howMuch}, seed ${seed}`);
const once = await target.load();
let count = 0;
const fail = (thrown: unknown, what: string) => {
  console.error(`✖ ${what}: ${thrown instanceof Error ? thrown.message : thrown}`);
  process.exit(1);
};

async function work(): Promise<void> {
  while (count < most && performance.now() < end) {
    // Each input has its own numbers, so that one alone can be played again.
    const own = seed + count++;
    try {
      await once(seeded(own));
    } catch (thrown) {
      fail(thrown, `--seed ${own}`);
    }
  }
}

await Promise.all(Array.from({ length: target.atOnce ?? 1 }, work));
await target.end?.().catch((thrown) => fail(thrown, "at the end"));
console.log(`✔ ${count} inputs`);
process.exit(0);
