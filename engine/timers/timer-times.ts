// When a timer is due by the clocks of this process, whatever happens to the wall clock meanwhile.
//
// A row says a time by the wall clock. The timer is due when that time has come, also because the
// clock was set ahead or the machine slept, and when as much time has passed as was meant when it was
// set, also if the clock was set back since. For the latter it must be known where the wall clock
// stood against the monotonic one when the timer was set: for all where it stood at the start, save
// for those that are remembered because they were set after a jump.

import { type Clock, JUMP_MS } from "../../core/clock.ts";
import type { DueTimer, TimerRow } from "../store/store.ts";

interface Remembered {
  dueAt: number;
  /** Wall clock minus monotonic clock when it was set. */
  offset: number;
}

export class TimerTimes {
  readonly #clock: Clock;
  readonly #base: number;
  /** The largest offset at which any timer was set. */
  #largest: number;
  /** Set after a jump and not settled, by run and key. */
  readonly #remembered = new Map<string, Remembered>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#base = this.#largest = clock.now() - clock.monotonic();
  }

  /** How many timers are remembered. */
  get count(): number {
    return this.#remembered.size;
  }

  /** A timer was set or settled. */
  committed({ runNo, key, dueAt }: TimerRow): void {
    if (this.#remembered.size > 0) this.#remembered.delete(nameOf({ runNo, key }));
    if (dueAt === null) return;
    const offset = this.#clock.now() - this.#clock.monotonic();
    if (Math.abs(offset - this.#base) < JUMP_MS) return;
    this.#largest = Math.max(this.#largest, offset);
    this.#remembered.set(nameOf({ runNo, key }), { dueAt, offset });
  }

  /** No timer whose row says a later time is due. */
  horizon(): number {
    const monotonic = this.#clock.monotonic();
    const wall = this.#clock.now();
    return Math.max(wall, Math.floor(this.#steady(monotonic + this.#largest, wall)));
  }

  /** In how many ms the timer is due; ≤ 0: it is. */
  left({ runNo, key, dueAt }: DueTimer): number {
    const known = this.#remembered.get(nameOf({ runNo, key }));
    return this.#left(dueAt, known?.dueAt === dueAt ? known.offset : this.#base);
  }

  /** In how many ms a timer with this time may be due at the earliest. */
  atLeastLeft(dueAt: number): number {
    return this.#left(dueAt, this.#largest);
  }

  #left(dueAt: number, offset: number): number {
    const monotonic = this.#clock.monotonic();
    const wall = this.#clock.now();
    return dueAt - Math.max(wall, this.#steady(monotonic + offset, wall));
  }

  /** The time that it would be; the wall clock's as long as they agree. */
  #steady(steady: number, wall: number): number {
    return Math.abs(steady - wall) < JUMP_MS ? wall : steady;
  }
}

/** One text for a timer, as long as it is set. */
export function nameOf({ runNo, key }: { runNo: number; key: string }): string {
  return `${runNo}:${key}`;
}
