// `npm run sim -- --seeds N --from S`: plays many seeds; `--seed S --log`: shows one.

import { parseArgs } from "node:util";
import { playOnAllCores } from "./seeds.ts";
import { simulate } from "./simulate.ts";
import { coverageLines } from "./tally.ts";
import { type DiskName, DISKS } from "./world/disks.ts";

const USAGE =
  `usage: npm run sim -- [--seeds N] [--from S] [--disk memory|files|threads] [--coverage]
       npm run sim -- --seed S [--log] [--disk memory|files|threads]`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "0" },
    seed: { type: "string" },
    disk: { type: "string", default: "memory" },
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

process.exitCode = (values.seed === undefined ? await many(disk) : await one(disk)) ? 0 : 1;

async function one(disk: DiskName): Promise<boolean> {
  const { seed, faults } = await simulate(whole("seed"), {
    ...(values.log && { trace: (line: string) => console.log(line) }),
    disk: await DISKS[disk](),
  });
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(`seed ${seed}: ${faults.length === 0 ? "all is well" : `${faults.length} faults`}`);
  return faults.length === 0;
}

async function many(disk: DiskName): Promise<boolean> {
  const range = { from: whole("from"), seeds: whole("seeds") };
  const began = performance.now();
  const tally = await playOnAllCores(range, disk);
  const seconds = (performance.now() - began) / 1_000;
  if (values.coverage) { for (const line of coverageLines(tally)) console.log(line); }
  for (const { seed, faults } of tally.failed.slice(0, MOST_SHOWN)) {
    console.log(`seed ${seed}: ${faults.join("\n  ")}`);
    const where = disk === "memory" ? "" : ` --disk ${disk}`;
    console.log(`  npm run sim -- --seed ${seed} --log${where}`);
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
