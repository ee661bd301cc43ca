// How long work that yields between its pieces is done: at once, or with turns for others in between.

import type { Turnstile } from "./turnstile.ts";

/** Milliseconds of work after which others have a turn. */
const PIECE_MS = 8;

export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** A few milliseconds in each turn of the event loop in which the turnstile lets it in. */
export async function inPieces<T>(work: Generator<void, T>, turnstile: Turnstile): Promise<T> {
  for (;;) {
    await turnstile.pass();
    const until = performance.now() + PIECE_MS;
    do {
      const step = work.next();
      if (step.done) return step.value;
    } while (performance.now() < until);
  }
}
