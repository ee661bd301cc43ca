// Whose turn does not end: told by what whoever takes turns writes into memory that a thread beside it reads.

/** How often it is to be looked, ms. */
export const LOOK_MS = 500;

/** What is noted of the run. */
export const STUCK = "a turn of it did not end";

/** Looks from another thread, which lives while that one is stuck. */
export class StuckTurn {
  readonly #now: Float64Array;
  #before = { runNo: 0, turn: 0 };

  /** `now`: see `SuspectStore.turns`. */
  constructor(now: Float64Array) {
    this.#now = now;
  }

  /** The number of the run whose turn is the same as at the last look; 0 for none. */
  look(): number {
    const [runNo, turn] = this.#now as unknown as [number, number];
    const { runNo: before, turn: last } = this.#before;
    this.#before = { runNo, turn };
    return runNo === before && turn === last ? runNo : 0;
  }
}
