// How the daemon gives memory back: once it has come to rest, it collects what its work left behind.

import { PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Rest, ms: for so long no collection was needed, so little is being allocated. */
const REST_MS = 10_000;
/** How much larger than after the last trimming a heap must be for another one, bytes. */
const WORTH_BYTES = 24 * 1024 * 1024;
/** A larger heap is left to V8, bytes: to go through all that lives in it would take too long. */
const MOST_BYTES = 512 * 1024 * 1024;

/**
 * Trims the heap whenever the process comes to rest, for as long as it lives. A run that waits keeps
 * a kilobyte or two, but starting it leaves several of garbage, which outlives the young generation
 * while its commit is synced; V8 would keep that until the heap has grown to several times what
 * lives. To bound the heap's growth instead costs throughput all the time.
 */
export function trimHeapAtRest(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  let trimmed = 0;
  const rest = setTimeout(() => {
    const { total_heap_size: size } = getHeapStatistics();
    if (size < trimmed + WORTH_BYTES || size > MOST_BYTES) return;
    // Others keep the pages that they empty.
    collect({ type: "major", flavor: "last-resort" });
    trimmed = getHeapStatistics().total_heap_size;
  }, REST_MS);
  rest.unref();
  // Each collection that V8 finds necessary puts the moment of rest off.
  new PerformanceObserver(() => rest.refresh()).observe({ entryTypes: ["gc"] });
}
