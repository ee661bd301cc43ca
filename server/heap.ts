// How the daemon gives memory back: once it has come to rest, it collects what its work left behind.

import { constants, PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Rest, ms, for a heap in which little lives: for so long no collection was needed. */
const REST_MS = 10_000;
/**
 * A collection takes time by what lives, 1–2 s for each of these (bytes), by what is dead next to
 * none: the more lives, the longer the rest that shows that nobody is kept waiting.
 */
const LIVE_BYTES = 512 * 1024 * 1024;
/** How much larger than after the last trimming a heap must be for another one, bytes. */
const WORTH_BYTES = 24 * 1024 * 1024;
/** The same as a part of what lives. */
const WORTH_PART = 0.25;

/** The heap as far as it matters here; tests have another. */
export interface Heap {
  /** Bytes that it takes of the process. */
  size(): number;
  /** Bytes that were in use after the last full collection: most of that still lives. */
  live(): number;
  /** Collects what nothing refers to, and gives pages back: `all` of them takes thrice the time. */
  collect(all: boolean): void;
}

/** What the runtime says of a collection. */
type Collection = PerformanceEntry & { detail?: { kind?: number } };

export class HeapTrim {
  readonly #heap: Heap;
  #trimmed = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /**
   * To be called after a rest of `restMs`: trims the heap if that is worth its time. Returns after
   * how much further rest, ms, to ask again; null: not before work has been done.
   */
  rested(restMs: number): number | null {
    const size = this.#heap.size();
    const live = this.#heap.live();
    if (size < Math.max(this.#trimmed, live) + Math.max(WORTH_BYTES, live * WORTH_PART)) {
      return null;
    }
    const wanted = REST_MS * (1 + Math.floor(live / LIVE_BYTES));
    if (restMs < wanted) return wanted - restMs;
    this.#heap.collect(live < LIVE_BYTES);
    this.#trimmed = this.#heap.size();
    return null;
  }
}

/**
 * Trims the heap whenever the process comes to rest, for as long as it lives. A run that waits keeps
 * a kilobyte or two, but starting it leaves several of garbage, which outlives the young generation
 * while its commit is synced; V8 would keep that until the heap has grown to so much more than what
 * lives (heap-growth.ts).
 */
export function trimHeapAtRest(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  let live = 0;
  const trim = new HeapTrim({
    size: () => getHeapStatistics().total_heap_size,
    live: () => live,
    // Others than the last resort keep the pages that they empty.
    collect: (all) => void collect({ type: "major", flavor: all ? "last-resort" : "regular" }),
  });
  let rest: NodeJS.Timeout;
  const wait = (ms: number, rested: number) => {
    rest = setTimeout(() => {
      const more = trim.rested(rested);
      if (more !== null) wait(more, rested + more);
    }, ms);
    rest.unref();
  };
  wait(REST_MS, REST_MS);
  // Each collection that V8 finds necessary puts the moment of rest off.
  new PerformanceObserver((list) => {
    const isFull = (list.getEntries() as Collection[]).some(({ detail }) =>
      detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR
    );
    if (isFull) live = getHeapStatistics().used_heap_size;
    clearTimeout(rest);
    wait(REST_MS, REST_MS);
  }).observe({ entryTypes: ["gc"] });
}
