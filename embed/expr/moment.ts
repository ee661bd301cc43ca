// What time it is for the evaluation that runs now: the moment that whoever asked for it gave.

import { Fault } from "./errors.ts";

let moment: number | undefined;

/** Epoch milliseconds, the same throughout an evaluation. */
export function present(): number {
  if (moment === undefined) throw new Fault("there is no time here");
  return moment;
}

/** Runs one evaluation at a moment; evaluations may nest, through called functions. */
export function atMoment<T>(at: number | undefined, run: () => T): T {
  const outer = moment;
  moment = at;
  try {
    return run();
  } finally {
    moment = outer;
  }
}
