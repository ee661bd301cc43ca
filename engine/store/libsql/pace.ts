// How many rows are removed between two looks at the time: as many as took about so long the last time.

/** What one step may take, ms: the last one may come on top of all the time there was. */
const STEP_MS = 0.7;
const LEAST = 10;
const MOST = 400;

export class Pace {
  #rows: number;

  constructor(first = 100) {
    this.#rows = first;
  }

  /** For the next step. */
  get rows(): number {
    return this.#rows;
  }

  /** So many rows took so many ms. */
  took(rows: number, ms: number): void {
    if (ms > STEP_MS) {
      this.#rows = Math.max(LEAST, Math.floor(Math.min(rows, this.#rows) * STEP_MS / ms));
    } else if (ms < STEP_MS / 2 && rows >= this.#rows / 2) {
      this.#rows = Math.min(MOST, this.#rows * 2);
    }
  }
}
