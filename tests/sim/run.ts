// `npm run sim -- --seeds N --from S`: plays many seeds; `--seed S --log`: shows one.

import { parseArgs } from "node:util";
import { type Ground, onGround } from "./ground.ts";
import type { NodeCount } from "./nodes/node-weather.ts";
import { playOnAllCores } from "./seeds.ts";
import { simulate } from "./simulate.ts";
import { coverageLines } from "./tally.ts";
import { type DiskName, DISKS } from "./world/disks.ts";

const USAGE =
  `usage: npm run sim -- [--seeds N] [--from S] [--disk memory|files|threads | --nodes N|N-M] [--coverage]
       npm run sim -- --seed S [--log] [--disk memory|files|threads | --nodes N|N-M]`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "0" },
    seed: { type: "string" },
    disk: { type: "string", default: "memory" },
    nodes: { type: "string" },
    log: { type: "boolean", default: false },
    coverage: { type: "boolean", default: false },
  },
});

/** Failing seeds that are shown whole. */
const MOST_SHOWN = 20;

function whole(name: "seeds" | "from" | "seed"): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`--${name} must be a whole number\n${USAGE}`);
  process.exit(2);
}

const disk = values.disk as DiskName;
if (!Object.hasOwn(DISKS, disk)) {
  console.error(`--disk must be one of ${Object.keys(DISKS).join(", ")}\n${USAGE}`);
  process.exit(2);
}

const ground: Ground = values.nodes === undefined ? disk : countOf(values.nodes);
/** What a seed is repeated with. */
const again = values.nodes !== undefined
  ? ` --nodes ${values.nodes}`
  : disk === "memory"
  ? ""
  : ` --disk ${disk}`;

process.exitCode = (values.seed === undefined ? await many() : await one()) ? 0 : 1;

function countOf(text: string): NodeCount {
  const [least, most] = /^([1-9])(?:-([1-9]))?$/.exec(text)?.slice(1) ?? [];
  const count = { least: Number(least), most: Number(most ?? least) };
  if (count.least <= count.most) return count;
  console.error(`--nodes must be a number from 1 to 9, or a range as 2-4\n${USAGE}`);
  process.exit(2);
}

async function one(): Promise<boolean> {
  const { seed, faults } = await simulate(whole("seed"), {
    ...(values.log && { trace: (line: string) => console.log(line) }),
    ...await onGround(ground),
  });
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(`seed ${seed}: ${faults.length === 0 ? "all is well" : `${faults.length} faults`}`);
  return faults.length === 0;
}

async function many(): Promise<boolean> {
  const range = { from: whole("from"), seeds: whole("seeds") };
  const began = performance.now();
  const tally = await playOnAllCores(range, ground);
  const seconds = (performance.now() - began) / 1_000;
  if (values.coverage) { for (const line of coverageLines(tally)) console.log(line); }
  for (const { seed, faults } of tally.failed.slice(0, MOST_SHOWN)) {
    console.log(`seed ${seed}: ${faults.join("\n  ")}`);
    console.log(`  npm run sim -- --seed ${seed} --log${again}`);
  }
  const failing = tally.failed.map(({ seed }) => seed);
  if (failing.length > 0) console.log(`failing seeds: ${failing.join(" ")}`);
  console.log(
    `${tally.seeds} seeds (${range.from} to ${
      range.from + range.seeds - 1
    }), ${tally.runs} runs, ` +
      `${tally.restarts} restarts: ${failing.length} seeds fail; ` +
      `${(tally.seeds / seconds).toFixed(0)} seeds/s`,
  );
  return failing.length === 0;
}
