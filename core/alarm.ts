// How something is woken at the earliest of the times that were asked for.

import type { Clock } from "./clock.ts";

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  /** When it goes off, by the monotonic clock. */
  #at = Infinity;
  #disarm: (() => void) | null = null;
  #closed = false;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Goes off in so many ms (≤ 0: soon; Infinity: never), unless it does so before. */
  in(ms: number): void {
    if (this.#closed) return;
    const wait = Math.max(0, ms);
    const at = this.#clock.monotonic() + wait;
    if (at >= this.#at) return;
    this.#disarm?.();
    this.#at = at;
    this.#disarm = this.#clock.after(wait, () => {
      this.#disarm = null;
      this.#at = Infinity;
      this.#ring();
    });
  }

  /** It goes off no more, whatever is asked of it after this: what was on its way when all stopped. */
  close(): void {
    this.#closed = true;
    this.#disarm?.();
    this.#disarm = null;
  }
}
