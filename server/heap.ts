// How the daemon's memory stays near what it needs: by collecting garbage before there is much of it.

import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** How much the old generation may grow over what lived after its last collection, percent. */
const OLD_GROWTH_PERCENT = 50;
/** The two halves of the young generation together, bytes; V8 alone goes up to three times that. */
const MOST_YOUNG_BYTES = 16 * 1024 * 1024;

/**
 * Bounds the growth of the heap for the rest of the process. A run that waits leaves a kilobyte or
 * two behind, but starting it leaves several of garbage, which outlives the young generation while
 * its commit is synced: V8's own limits would let that pile up to four times the heap. Both flags
 * are among those that V8 reads each time it decides.
 */
export function boundHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${OLD_GROWTH_PERCENT}`);
  const observer = new PerformanceObserver(() => {
    if (youngBytes() < MOST_YOUNG_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    observer.disconnect();
  });
  observer.observe({ entryTypes: ["gc"] });
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")!.space_size;
}
