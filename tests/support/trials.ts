// Which tests take so long that they run only when they are asked for, and which do less otherwise.

import { test } from "node:test";

/** Whether all is tried, however long it takes. */
export const ALL = process.env.TRIALS === "all";

/**
 * `test`, or what makes tests as it does, for those that take a quarter of a minute and more: they run
 * with `TRIALS=all` and are counted as skipped otherwise. Of each kind of attack a shorter one always runs.
 */
export function long<B>(make: (name: string, body: B) => unknown): typeof make {
  if (ALL) return make;
  return (name) => test(name, { skip: "a long trial: TRIALS=all runs it" });
}
