// How one who keeps others waiting is held to a part of the time: after each piece of its work it rests.

import type { Clock } from "./clock.ts";

/** Nobody rests longer, ms: a piece may also have taken long because the machine did. */
const LONGEST_REST_MS = 500;
/** Beyond so many those are looked for that have rested and never came back. */
const MOST_KEPT = 1_024;

export class DutyCycle {
  readonly #clock: Clock;
  readonly #least: number;
  readonly #rest: number;
  /** Until when each rests, monotonic ms; of those that have rested some may be left. */
  readonly #until = new Map<string, number>();

  /** A piece of `least` ms or less is none; after a longer one its owner rests `rest` times as long. */
  constructor(clock: Clock, { least, rest }: { least: number; rest: number }) {
    this.#clock = clock;
    this.#least = least;
    this.#rest = rest;
  }

  /** A piece of the work of `name` has just ended, which took so long, ms. */
  worked(name: string, ms: number): void {
    if (ms <= this.#least) return;
    if (this.#until.size >= MOST_KEPT) this.nextMs();
    this.#until.set(name, this.#clock.monotonic() + Math.min(LONGEST_REST_MS, ms * this.#rest));
  }

  /** Whether the next piece of its work has to wait. */
  rests(name: string): boolean {
    const until = this.#until.get(name);
    if (until === undefined) return false;
    if (until > this.#clock.monotonic()) return true;
    this.#until.delete(name);
    return false;
  }

  /** How many are known to rest, or to have rested. */
  get size(): number {
    return this.#until.size;
  }

  /** After how long, ms, the first of those who rest may go on; null when nobody rests. */
  nextMs(): number | null {
    const now = this.#clock.monotonic();
    let next: number | null = null;
    for (const [name, until] of this.#until) {
      if (until <= now) this.#until.delete(name);
      else next = Math.min(next ?? Infinity, until - now);
    }
    return next;
  }
}
