// How much work one evaluation may do: counted, not timed, so that the same run always ends alike.

/** Comprehension rounds, compared elements and copied elements, together: about half a second. */
export const STEP_LIMIT = 1_000_000;
/** Characters or bytes of one text that an expression builds. */
export const TEXT_LIMIT = 16 * 1024 * 1024;

/** Ends an evaluation, whatever `||` or `&&` would make of it. */
export class LimitReached extends Error {}

let left = 0;
let reached: LimitReached | null = null;

/** Takes from the budget of the evaluation that runs now; throws LimitReached at its end. */
export function spend(steps: number): void {
  left -= steps;
  if (left < 0) exceed(`the limit of ${STEP_LIMIT} steps`);
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
  throw reached ??= new LimitReached(`the expression exceeds ${limit}`);
}

/** Runs one evaluation on a budget of its own; evaluations may nest, as lazy inputs do. */
export function withBudget<T>(run: () => T): T {
  const outer = { left, reached };
  left = STEP_LIMIT;
  reached = null;
  try {
    const value = run();
    if (reached) throw reached;
    return value;
  } catch (thrown) {
    throw reached ?? thrown;
  } finally {
    ({ left, reached } = outer);
  }
}
