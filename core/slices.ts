// How long work of this thread is done in pieces, between which everything else gets its turn.

import { Turnstile } from "./turnstile.ts";
import { working } from "./working.ts";

/** What one piece may take, ms. */
const SLICE_MS = 10;

/** All long work takes turns: of ten pieces that are due at once, one is done in each turn. */
const turns = new Turnstile();

/** The pieces of one long work, the first of which has just begun. */
export class Slices {
  #began = performance.now();

  /** Whether the piece has taken its time: then `pause`. */
  get due(): boolean {
    return performance.now() - this.#began > SLICE_MS;
  }

  /** Resolves when the next piece may begin. */
  async pause(): Promise<void> {
    await turns.pass();
    this.#began = performance.now();
    working();
  }
}

/** Does work that yields where it may be interrupted. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  const slices = new Slices();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (slices.due) await slices.pause();
  }
}

/** Does the same at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
