// How many seeds are played at once: the range is dealt out to processes, which count for themselves.

import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Ground } from "./ground.ts";
import type { Range } from "./play-range.ts";
import { emptyTally, merge, type Tally } from "./tally.ts";

/** Plays a range of seeds on all cores. */
export async function playOnAllCores(
  range: Range,
  ground: Ground = "memory",
): Promise<Tally> {
  const workers = Math.max(1, Math.min(availableParallelism(), range.seeds));
  const tallies = await Promise.all(
    Array.from(
      { length: workers },
      (_, first) => inChild(range, { first, every: workers, ground }),
    ),
  );
  const tally = emptyTally();
  for (const one of tallies) merge(tally, one);
  tally.failed.sort((a, b) => a.seed - b.seed);
  return tally;
}

function inChild(
  { from, seeds }: Range,
  { first, every, ground }: { first: number; every: number; ground: Ground },
): Promise<Tally> {
  const script = fileURLToPath(new URL("./seeds-process.ts", import.meta.url));
  const args = [from, seeds, first, every, JSON.stringify(ground)].map(String);
  const child = fork(script, args, {
    // The options of the test runner are not for it.
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.on("message", (tally) => resolve(tally as Tally));
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`a process of the simulator ended with ${code}`)));
  });
}
