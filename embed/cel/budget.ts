// How much work one evaluation may do: counted, not timed, so that the same run always ends alike.

/** What an evaluation may spend. */
export interface Limits {
  /** Rounds of comprehensions: what the sizes of nested lists multiply to. */
  rounds: number;
  /** Rounds, compared elements, copied elements, and text read, together: half a µs each. */
  steps: number;
}

/** In a thread that others wait for: some 10 to 30 ms; a round takes up to 3 µs. */
export const INLINE: Limits = { rounds: 8_000, steps: 60_000 };
/** In a thread of its own: the deadline comes first wherever a busy thread can be ended. */
export const ALONE: Limits = { rounds: Infinity, steps: 20_000_000 };
/** Characters or bytes of one text that an expression builds. */
export const TEXT_LIMIT = 16 * 1024 * 1024;

/** Ends an evaluation, whatever `||` or `&&` would make of it. */
export class LimitReached extends Error {}
/** It is not that the expression is wrong: it takes more than it may here. */
export class FuelSpent extends LimitReached {}

let rounds = 0;
let steps = 0;
/** What ends the running evaluation; what the library makes of it meanwhile does not matter. */
let reached: Error | null = null;
let depth = 0;

/** Takes from the budget of the evaluation that runs now; throws FuelSpent at its end. */
export function spend(count: number): void {
  steps -= count;
  if (steps < 0) stop(new FuelSpent("the expression takes too many steps"));
}

/** One round of a comprehension whose body costs that many steps. */
export function spendRound(weight: number): void {
  if (--rounds < 0) stop(new FuelSpent("the expression takes too many rounds"));
  spend(weight);
}

/** Reading text costs little, but not nothing. */
export function spendOnText(length: number): void {
  if (length >= 256) spend(length >> 8);
}

/** Walking a collection is cheap beside what is done with its elements. */
export function spendOnIteration(size: number): void {
  spend(size >> 3);
}

export function exceed(limit: string): never {
  return stop(new LimitReached(`the expression exceeds ${limit}`));
}

/** Ends the running evaluation, and those around it that have asked for its result. */
export function stop(error: Error): never {
  throw reached ??= error;
}

/** Runs one evaluation on a budget of its own; evaluations may nest, as lazy inputs do. */
export function withBudget<T>(limits: Limits, run: () => T): T {
  const outer = { rounds, steps, reached };
  ({ rounds, steps } = limits);
  reached = null;
  depth++;
  try {
    if (steps < 0) throw new FuelSpent("nothing may be spent");
    const value = run();
    if (reached) throw reached;
    return value;
  } catch (thrown) {
    throw reached ?? thrown;
  } finally {
    depth--;
    ({ rounds, steps, reached } = outer);
  }
}

/** Whether an evaluation runs, so that one ending now ends it too. */
export function isNested(): boolean {
  return depth > 0;
}
