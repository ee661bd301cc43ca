// A clock that a test moves by hand.

import type { Clock } from "../../core/clock.ts";

export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ due: number; wake: () => void }>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { due: this.#now + ms, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves the time and fires what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ due }) => due <= end)
        .sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.due;
      next.wake();
    }
    this.#now = end;
  }
}
