// How much one evaluation may do: counted, not timed, so that the same run always ends alike. Steps end
// it with OutOfBudget, sizes with LimitReached.

import { LimitReached, OutOfBudget } from "./errors.ts";

/** Elements of all lists and maps that one evaluation makes. */
export const MEMORY_LIMIT = 1_000_000;
/** Characters of one text that an expression builds. */
export const TEXT_LIMIT = 16 * 1024 * 1024;
/** Characters of all texts that one evaluation builds. */
const TEXTS_LIMIT = 4 * TEXT_LIMIT;
/** Elements of a result: lists that it shares with itself are written out. */
const RESULT_LIMIT = 2_000_000;
/** How deep lists and maps may nest where they are compared, written as text or answered. */
export const NESTING_LIMIT = 500;

export interface Budget {
  /** Evaluated nodes of loops, visited elements, and their like: 20 to 150 ns each. */
  steps: number;
}

/** In a thread that others wait for: some 2 to 10 ms. */
export const AT_ONCE: Budget = { steps: 100_000 };
/** In a thread of its own: the deadline comes first wherever a busy thread can be ended. */
export const ALONE: Budget = { steps: 100_000_000 };

let steps = Infinity;
let memory = 0;
let texts = 0;
let results = 0;

/** Takes steps from the budget of the evaluation that runs now. */
export function spend(count: number): void {
  if ((steps -= count) < 0) throw new OutOfBudget("the expression takes too many steps");
}

/** Takes elements from the memory of the evaluation that runs now. */
export function allot(elements: number): void {
  // What breaks the limit is refused by it, and not for its steps.
  if (elements <= memory) spend(elements >> 2);
  if ((memory -= elements) < 0) {
    exceed(`the memory limit of ${MEMORY_LIMIT.toLocaleString("en")} elements`);
  }
}

/** Counts elements of the result. */
export function allotResult(elements: number): void {
  spend(elements);
  if ((results -= elements) < 0) {
    exceed(`the result limit of ${RESULT_LIMIT.toLocaleString("en")} elements`);
  }
}

/** Counts a text that is about to be built. */
export function allotText(length: number): void {
  if (length < 256) return;
  if (length > TEXT_LIMIT || (texts -= length) < 0) {
    exceed(`the text limit of ${TEXT_LIMIT.toLocaleString("en")} characters`);
  }
  spend(length >> 5);
}

/** Reading text costs little, but not nothing. */
export function spendOnText(length: number): void {
  if (length >= 256) spend(length >> 5);
}

/** Guards a function that walks lists and maps by calling itself. */
export function descend(depth: number): void {
  spend(1);
  if (depth > NESTING_LIMIT) exceed(`the limit of ${NESTING_LIMIT} nested lists and maps`);
}

export function exceed(limit: string): never {
  throw new LimitReached(`the expression exceeds ${limit}`);
}

/** Runs one evaluation on a budget of its own; evaluations may nest, through called functions. */
export function withBudget<T>(budget: Budget, run: () => T): T {
  const outer = { steps, memory, texts, results };
  ({ steps } = budget);
  memory = MEMORY_LIMIT;
  texts = TEXTS_LIMIT;
  results = RESULT_LIMIT;
  try {
    if (steps <= 0) spend(1);
    return run();
  } finally {
    ({ steps, memory, texts, results } = outer);
  }
}
