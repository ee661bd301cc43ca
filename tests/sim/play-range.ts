// How a range of seeds is played in this process, or a part of it.

import { simulate, type SimulateOptions } from "./simulate.ts";
import { count, emptyTally, type Tally } from "./tally.ts";

export interface Range {
  from: number;
  seeds: number;
}

/** Plays `every`-th of the seeds, beginning with the `first`-th, in this process. */
export async function playRange(
  { from, seeds }: Range,
  options: {
    first?: number;
    every?: number;
    make?: (seed: number) => SimulateOptions | Promise<SimulateOptions>;
  } = {},
): Promise<Tally> {
  const { first = 0, every = 1, make = () => ({}) } = options;
  const tally = emptyTally();
  for (let i = first; i < seeds; i += every) {
    count(tally, await simulate(from + i, await make(from + i)));
  }
  return tally;
}
