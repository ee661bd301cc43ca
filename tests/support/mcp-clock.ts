// A clock that a test moves by hand.

import type { Clock } from "../../core/clock.ts";

export class ManualClock implements Clock {
  #now = 0;
  /** How far the wall clock was set ahead, or back. */
  #set = 0;
  readonly #hearing = new Set<() => void>();
  readonly #timers = new Set<{ due: number; wake: () => void }>();

  now(): number {
    return this.#now + this.#set;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { due: this.#now + ms, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  onJump(heard: () => void): () => void {
    this.#hearing.add(heard);
    return () => this.#hearing.delete(heard);
  }

  /** Sets the wall clock, and nobody has heard of it yet. */
  set(ms: number): void {
    this.#set += ms;
  }

  /** Sets the wall clock, or lets the machine sleep; a jump is heard of at once. */
  jump(ms: number): void {
    this.set(ms);
    for (const heard of [...this.#hearing]) heard();
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
