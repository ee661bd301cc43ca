// Which suspended runs stay in memory for a while: those that would be dear to read again.

import type { Clock } from "../../core/clock.ts";
import type { RunState } from "../state/state.ts";

/** With fewer steps a run is read again as soon as it is written. */
const DEAR_STEPS = 256;
/** How long such a run stays after it has come to rest. */
const STAY_MS = 60_000;
/** Bytes of heap that all of them may hold; and as a part of what all runs may. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_PART = 1 / 16;

interface Guest {
  readonly run: RunState;
  /** Leaves memory, unless it is at work again. */
  leave(): void;
}

/**
 * A run that asks a thousand questions one after the other would be read a thousand times, each
 * time with all that it had come to.
 */
export class Resting {
  readonly #clock: Clock;
  readonly #most: number;
  /** The one that came to rest longest ago first. */
  readonly #guests = new Map<Guest, { bytes: number; disarm: () => void }>();
  #bytes = 0;

  /** `totalBytes`: what all runs may hold. */
  constructor(clock: Clock, totalBytes: number) {
    this.#clock = clock;
    this.#most = Math.min(MOST_BYTES, totalBytes * MOST_PART);
  }

  /** How many runs stay. */
  get size(): number {
    return this.#guests.size;
  }

  /** Whether the run, which is at rest, may stay; others leave for it. */
  keep(guest: Guest): boolean {
    this.forget(guest);
    const { run } = guest;
    const bytes = run.share.held;
    if (run.row.status !== "suspended" || bytes > this.#most) return false;
    if (run.steps.length + run.nested.size < DEAR_STEPS) return false;
    const disarm = this.#clock.after(STAY_MS, () => this.#dismiss(guest));
    this.#guests.set(guest, { bytes, disarm });
    this.#bytes += bytes;
    while (this.#bytes > this.#most) this.#dismiss(this.#guests.keys().next().value!);
    return true;
  }

  forget(guest: Guest): void {
    const entry = this.#guests.get(guest);
    if (!entry) return;
    entry.disarm();
    this.#guests.delete(guest);
    this.#bytes -= entry.bytes;
  }

  #dismiss(guest: Guest): void {
    this.forget(guest);
    guest.leave();
  }

  /** The engine stops: nobody is dismissed any more. */
  close(): void {
    for (const guest of [...this.#guests.keys()]) this.forget(guest);
  }
}
