// How something is repeated on an open stream until the stream closes.

import type { Clock } from "../../core/clock.ts";

/** Calls `beat` every `ms` until the answer is called. */
export function keepAlive(clock: Clock, ms: number, beat: () => void): () => void {
  let cancel = clock.after(ms, function again() {
    cancel = clock.after(ms, again);
    beat();
  });
  return () => cancel();
}
