// How many runs take their turns before the event loop looks at the world again.

import type { Clock } from "../../core/clock.ts";

/** Turns of several runs share this time, in ms; a turn of its own ends after as much. */
const SLICE_MS = 10;

/**
 * A `soon` that calls in order, in slices of the event loop. Calls that are due at once would
 * otherwise all come in one: a hundred runs that compute would hold up every request.
 */
export function paced(
  clock: Clock,
  soon: (run: () => void) => void,
): (run: () => void) => void {
  let line: (() => void)[] = [];
  let head = 0;
  const drain = () => {
    const began = clock.monotonic();
    // What is put in line meanwhile waits for the next slice.
    const end = line.length;
    try {
      while (head < end) {
        line[head++]!();
        if (clock.monotonic() - began > SLICE_MS) break;
      }
    } finally {
      line = line.slice(head);
      head = 0;
      if (line.length > 0) soon(drain);
    }
  };
  return (run) => {
    line.push(run);
    if (line.length === 1) soon(drain);
  };
}
