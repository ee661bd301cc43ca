// Who is served next when several runs wait: the runs take turns, each in its own order.

interface Entry<T> {
  value: T;
  live: boolean;
}

interface Lane<T> {
  entries: Entry<T>[];
  head: number;
}

/** A queue of values by key that serves its keys round-robin, so that no key starves another. */
export class FairQueue<T> {
  #lanes = new Map<string, Lane<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a value to its key's lane; the answer withdraws it (false: it was already served). */
  push(key: string, value: T): () => boolean {
    const entry = { value, live: true };
    const lane = this.#lanes.get(key);
    if (lane) lane.entries.push(entry);
    else this.#lanes.set(key, { entries: [entry], head: 0 });
    this.#size++;
    return () => {
      if (!entry.live) return false;
      entry.live = false;
      this.#size--;
      return true;
    };
  }

  /** The next value, or undefined when the queue is empty. */
  shift(): T | undefined {
    for (const [key, lane] of this.#lanes) {
      this.#lanes.delete(key);
      while (lane.head < lane.entries.length) {
        const entry = lane.entries[lane.head++]!;
        if (!entry.live) continue;
        // Re-inserted at the end of the map: every other key comes first.
        if (lane.head < lane.entries.length) this.#lanes.set(key, lane);
        entry.live = false;
        this.#size--;
        return entry.value;
      }
    }
    return undefined;
  }
}
