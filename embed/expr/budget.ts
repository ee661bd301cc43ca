// How much one evaluation may do: steps and time end it with OutOfBudget, sizes with LimitReached.

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
  /** Milliseconds of wall time. */
  ms: number;
  /** Steps: evaluated nodes of loops, visited elements, and their like; no limit by default. */
  steps?: number;
}

/** Steps between two looks at the clock: well below a tenth of a millisecond. */
const SLICE = 1_000;

let slice = 0;
let steps = Infinity;
let deadline = Infinity;
let memory = 0;
let texts = 0;
let results = 0;

/** Takes steps from the budget of the evaluation that runs now. */
export function spend(count: number): void {
  if ((slice -= count) < 0) refill();
}

function refill(): void {
  steps += slice;
  if (steps <= 0) throw new OutOfBudget("the expression exceeds its limit of steps");
  if (performance.now() > deadline) throw new OutOfBudget("the expression takes too long");
  slice = Math.min(SLICE, steps);
  steps -= slice;
}

/** Refuses at once what would take longer than the time that is left: nothing can interrupt it. */
export function foresee(ms: number): void {
  if (ms >= 1 && performance.now() + ms > deadline) {
    throw new OutOfBudget("the expression takes too long");
  }
}

/** Takes elements from the memory of the evaluation that runs now. */
export function allot(elements: number): void {
  spend(elements >> 2);
  if (elements > 10_000) foresee(Math.min(elements, MEMORY_LIMIT) * 1e-4);
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
  spend(length >> 6);
  if (length > TEXT_LIMIT || (texts -= length) < 0) {
    exceed(`the text limit of ${TEXT_LIMIT.toLocaleString("en")} characters`);
  }
  foresee(length * 1e-5);
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
  const outer = { slice, steps, deadline, memory, texts, results };
  slice = 0;
  steps = budget.steps ?? Infinity;
  deadline = performance.now() + budget.ms;
  memory = MEMORY_LIMIT;
  texts = TEXTS_LIMIT;
  results = RESULT_LIMIT;
  try {
    return run();
  } finally {
    ({ slice, steps, deadline, memory, texts, results } = outer);
  }
}
