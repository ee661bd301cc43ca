// The timers in memory that are still to fire, in due order.

import type { DueTimer } from "../store/store.ts";

/** A timer that is in memory. */
export interface KnownTimer extends DueTimer {
  /** Its run was told, and it has left the line; it may have to be told again. */
  fired: boolean;
}

export class DueLine {
  /** The latest first: what is due leaves at the end. */
  readonly #line: KnownTimer[] = [];

  get length(): number {
    return this.#line.length;
  }

  get first(): KnownTimer | undefined {
    return this.#line.at(-1);
  }

  shift(): KnownTimer | undefined {
    return this.#line.pop();
  }

  /** Puts it behind those that are due at the same time. */
  push(timer: KnownTimer): void {
    this.#line.splice(this.#indexOf(timer.dueAt), 0, timer);
  }

  remove(timer: KnownTimer): void {
    const at = this.#line.indexOf(timer, this.#indexOf(timer.dueAt));
    if (at >= 0) this.#line.splice(at, 1);
  }

  /** When the one in the middle is due. */
  get middle(): number {
    return this.#line[this.#line.length >>> 1]?.dueAt ?? -Infinity;
  }

  /** Takes out what is due later than that. */
  cutAfter(dueAt: number): KnownTimer[] {
    return this.#line.splice(0, this.#indexOf(dueAt));
  }

  /** Of the first in the array that is due at that time or earlier. */
  #indexOf(dueAt: number): number {
    let low = 0;
    let high = this.#line.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#line[middle]!.dueAt > dueAt) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
