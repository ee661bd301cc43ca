// How many pieces of work are under way at a time, and whose is the next.

import { FairQueue, type Party } from "./fair-queue.ts";

/** Lets so many pieces of work through at a time; agents take turns, then their runs. */
export class FairGate {
  readonly #most: number;
  readonly #waiting = new FairQueue<() => void>();
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Does the work when it is the party's turn; settles as it does. */
  async pass<T>(party: Party, work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#most) this.#inside++;
    else await new Promise<void>((resolve) => this.#waiting.push(party, resolve));
    try {
      return await work();
    } finally {
      // Whoever is next takes the place over.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside--;
    }
  }
}
