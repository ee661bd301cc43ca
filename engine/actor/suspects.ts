// Which runs the process may die of, so that no start dies of the same run again and again.
//
// What may cost the process its life is noted durably before it is done, or as soon as it is seen:
// that a large run is loaded, that runs hold much while the heap is nearly full, that a turn does not
// end (the store's writer sees that). What gets through is taken back. Ordinary work notes nothing.

import { getHeapStatistics } from "node:v8";
import type { Clock } from "../../core/clock.ts";
import type { Store, Suspect } from "../store/store.ts";
import type { Share } from "../memory/share.ts";

/** Deaths after which a run is not loaded by itself any more. */
export const MOST_DEATHS = 2;
/** How full a heap must be for those who hold most to be suspects, and how full for that to end. */
const DANGER = 0.8;
const SAFETY = 0.65;
/** Of the heap: what a run holds at least when it is to blame for a full one. */
const LEAST = 1 / 64;
/** The heap is looked at no more often than this, in ms, unless much is about to be taken. */
const LOOK_MS = 100;
/** How many of those that hold most are noted. */
const MOST_NOTED = 3;

export interface HeapSize {
  used: number;
  limit: number;
}

export class Suspects {
  readonly #store: Store;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #heap: () => HeapSize;
  /** Bytes that the heap may grow to. */
  readonly heapLimit: number;
  readonly #noted = new Set<number>();
  /** Runs that a process died of before, by number. */
  readonly #known = new Map<number, Suspect>();
  readonly #poisoned = new Set<string>();
  /** Noted for as long as they are loaded. */
  readonly #loading = new Set<number>();
  #lookedAt = -Infinity;

  constructor(store: Store, clock: Pick<Clock, "monotonic">, heap: () => HeapSize = heapSize) {
    this.#store = store;
    this.#clock = clock;
    this.#heap = heap;
    this.heapLimit = heap().limit;
  }

  /** Reads who was in the middle of what when the last process ended. */
  async restore(): Promise<void> {
    this.learn(await this.#store.countDeaths());
  }

  /** Runs have come here that processes died of. */
  learn(suspects: Iterable<Suspect>): void {
    for (const suspect of suspects) this.#known.set(suspect.runNo, suspect);
  }

  /** What is known of a run that a process died of; undefined for others. */
  of(runNo: number): Suspect | undefined {
    return this.#known.get(runNo);
  }

  all(): Suspect[] {
    return [...this.#known.values()];
  }

  /** The same as `of` by the run's id. */
  find(id: string): Suspect | undefined {
    return this.#known.size === 0 ? undefined : this.all().find((suspect) => suspect.id === id);
  }

  /** Sets a run aside that has cost no life: also the next start is not to load it by itself. */
  async condemn(run: { runNo: number; id: string }, reason: string): Promise<void> {
    await this.#store.condemn(run.runNo, MOST_DEATHS);
    this.#known.set(run.runNo, { ...run, deaths: MOST_DEATHS, reason });
  }

  /** The run waits until somebody says that it may try again, or ends it. */
  poisoned(id: string): void {
    this.#poisoned.add(id);
  }

  isPoisoned(id: string): boolean {
    return this.#poisoned.has(id);
  }

  /** Loads a run under a note, which is durable before; in the middle of a longer such, under that one's. */
  async loading<T>(runNo: number, load: () => Promise<T>): Promise<T> {
    if (this.#loading.has(runNo)) return await load();
    this.#loading.add(runNo);
    try {
      await this.#store.suspect(runNo, "it was being loaded");
      try {
        return await load();
      } finally {
        await this.#store.suspect(runNo, null);
      }
    } finally {
      this.#loading.delete(runNo);
    }
  }

  /** Notes those that hold most when the heap is nearly full, or will be with `more` bytes. */
  look(shares: () => Iterable<Share>, more = 0): void {
    if (more === 0) {
      const now = this.#clock.monotonic();
      if (now - this.#lookedAt < LOOK_MS) return;
      this.#lookedAt = now;
    }
    const { used, limit } = this.#heap();
    if (used + more > DANGER * limit) {
      // What is held for a run that does not exist yet has no number.
      const large = [...shares()].filter(({ held, runNo }) => runNo > 0 && held >= LEAST * limit);
      large.sort((a, b) => b.held - a.held);
      for (const { runNo } of large.slice(0, MOST_NOTED)) this.#note(runNo);
    } else if (this.#noted.size > 0 && used < SAFETY * limit) {
      for (const runNo of this.#noted) this.#takeBack(runNo);
    }
  }

  #note(runNo: number): void {
    if (this.#noted.has(runNo)) return;
    this.#noted.add(runNo);
    this.#tell(this.#store.suspect(runNo, "it held much of a heap that was nearly full"));
  }

  #takeBack(runNo: number): void {
    this.#noted.delete(runNo);
    this.#tell(this.#store.suspect(runNo, null));
  }

  /** The run has left memory: whatever it did, the process lives. */
  left(runNo: number): void {
    if (this.#noted.size > 0 && this.#noted.has(runNo)) this.#takeBack(runNo);
    if (this.#known.size === 0) return;
    const known = this.#known.get(runNo);
    if (known && !this.#poisoned.has(known.id)) this.trust(runNo, known.id);
  }

  /** The run is no suspect any more. */
  trust(runNo: number, id: string): void {
    this.#poisoned.delete(id);
    this.#known.delete(runNo);
    this.#tell(this.#store.trust(runNo));
  }

  /** A store that cannot note it has troubles of its own, which others report. */
  #tell(written: Promise<void>): void {
    written.catch(() => {});
  }
}

function heapSize(): HeapSize {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return { used, limit };
}
