// How far the daemon's heap may grow with garbage while it is at work.
//
// Left alone, V8 lets the old generation grow to four times what lives in it before it collects, and
// each half of the young one to 32 MB: of 340 MB under load nine tenths of the heap were garbage.

import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";

/** Bytes of the young generation, two halves of 16 MB less what they keep free, from which it grows no more. */
const YOUNG_BYTES = 28 * 1024 * 1024;
/** By how much of what lives the old generation grows until the next collection, percent. */
const OLD_PERCENT = 100;
/** With a smaller limit of the heap V8 itself lets it grow by less, bytes. */
const LEAST_LIMIT = 1024 * 1024 * 1024;

/** Whether the young generation may grow: the flags that say so hold for all threads. */
export class YoungGrowth {
  #mayGrow = true;
  readonly #set: (flag: string) => void;

  constructor(set: (flag: string) => void) {
    this.#set = set;
  }

  /** The young generation takes so many bytes: once it has been trimmed it may grow again. */
  takes(bytes: number): void {
    const mayGrow = bytes < YOUNG_BYTES;
    if (mayGrow === this.#mayGrow) return;
    this.#mayGrow = mayGrow;
    this.#set(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`);
  }
}

/** Bounds the heaps of the process, for as long as it lives. */
export function boundHeapGrowth(): void {
  if (getHeapStatistics().heap_size_limit > LEAST_LIMIT) {
    setFlagsFromString(`--heap-growing-percent=${OLD_PERCENT}`);
  }
  const young = new YoungGrowth(setFlagsFromString);
  new PerformanceObserver(() => {
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    if (space) young.takes(space.space_size);
  }).observe({ entryTypes: ["gc"] });
}
