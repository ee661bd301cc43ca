// Counts how often the blocks of the engine's code run: work as a number that no clock decides.
//
// To be imported before the engine: only what is compiled from then on is counted block by block.

import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/** How many times blocks of code under `engine/` and `core/` ran, by function. */
export interface Work {
  total: number;
  byFunction: ReadonlyMap<string, number>;
}

/** What runs from now on until `work` is done, whoever asked for it. */
export async function countWork(work: () => Promise<void>): Promise<Work> {
  // Taking them sets them to zero.
  await session.post("Profiler.takePreciseCoverage");
  await work();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const byFunction = new Map<string, number>();
  for (const { url, functions } of result) {
    const file = /\/((?:engine|core)\/[^?]*)$/.exec(url)?.[1];
    if (file === undefined) continue;
    for (const { functionName, ranges } of functions) {
      const name = `${file} ${functionName}`;
      const times = ranges.reduce((sum, { count }) => sum + count, 0);
      byFunction.set(name, (byFunction.get(name) ?? 0) + times);
    }
  }
  return { total: [...byFunction.values()].reduce((sum, times) => sum + times, 0), byFunction };
}

/** The functions that ran more often than before, those first that did most so. */
export function grown(before: Work, after: Work): [name: string, more: number][] {
  return [...after.byFunction]
    .map(([name, times]): [string, number] => [name, times - (before.byFunction.get(name) ?? 0)])
    .filter(([, more]) => more > 0)
    .sort((a, b) => b[1] - a[1]);
}
