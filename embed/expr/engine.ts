// How an Expr source becomes a program, and what a program answers.

import { Lru } from "../../core/lru.ts";
import { cut } from "../../core/text.ts";
import type { Json } from "../../core/json.ts";
import { ALONE, type Budget, withBudget } from "./budget.ts";
import { check } from "./check.ts";
import { compile } from "./compile.ts";
import { Fault, runtimeError, sourceError } from "./errors.ts";
import { truth } from "./frame.ts";
import { type FreeName, freeNamesOf } from "./free-names.ts";
import type { Reads } from "../reads.ts";
import { atMoment } from "./moment.ts";
import { parse, type ParseOptions } from "./parser.ts";
import { readsOfNode } from "./reads.ts";
import { toJson } from "./result.ts";
import type { Dict, Value } from "./values.ts";

export { BudgetSpent } from "./errors.ts";

/** Characters of one source. */
const MAX_SOURCE = 64 * 1024;
const CACHED_PROGRAMS = 1_000;
/** Characters of the sources whose programs are kept; a program takes up to 214 bytes for each. */
const CACHED_SOURCES = 256 * 1024;

export interface RunOptions {
  /** What the run may spend; that of a thread of its own when absent. */
  budget?: Budget | undefined;
  /** What `now()` answers, epoch ms; without it `now()` fails. */
  now?: number | undefined;
}

export interface ExprProgram {
  readonly source: string;
  /** What it reads of its environment: it may do without the rest. */
  readonly reads: Reads;
  /**
   * Evaluates over the variables of an environment: JSON (its numbers are floats), and functions
   * if you like. The result is JSON that shares nothing with it. Throws BudgetSpent
   * (TIMEOUT_ERROR) when the budget ends, and EXECUTION_ERROR with `details {expression, line?,
   * column?}`, with `retryable: false` when a limit of size, memory or nesting was reached.
   */
  run(env: Record<string, unknown>, options?: RunOptions): Json;
  /** The result of a condition; anything but true or false is an EXECUTION_ERROR. */
  runBoolean(env: Record<string, unknown>, options?: RunOptions): boolean;
}

export interface Expr {
  /**
   * Compiles a source; the last 1,000 programs are kept, or fewer long ones. Throws VALIDATION_ERROR with `details
   * {expression, line?, column?}` (both from 1).
   */
  compile(source: string): ExprProgram;
  /** The names that a source uses which compiles. */
  freeNames(source: string): FreeName[];
}

export function createExpr(options: ParseOptions = {}): Expr {
  const programs = new Lru<ExprProgram>(CACHED_PROGRAMS, CACHED_SOURCES);
  return {
    compile(source) {
      return programs.get(source, () => compileSource(source, options));
    },
    freeNames: (source) => withBudget(ALONE, () => freeNamesOf(parse(source, options))),
  };
}

function compileSource(source: string, options: ParseOptions): ExprProgram {
  const { evaluate, reads } = prepare(source, options);
  const run = <T>(
    env: Record<string, unknown>,
    { options, finish }: { options: RunOptions | undefined; finish: (value: Value) => T },
  ): T => {
    const { budget = ALONE, now } = options ?? {};
    try {
      return atMoment(now, () => withBudget(budget, () => finish(evaluate(env as Dict))));
    } catch (thrown) {
      throw runtimeError(source, thrown);
    }
  };
  return {
    source,
    reads,
    run: (env, options) => run(env, { options, finish: (value) => toJson(value) }),
    runBoolean: (env, options) => run(env, { options, finish: condition }),
  };
}

function condition(value: Value): boolean {
  return truth(value, { what: "a condition", at: undefined });
}

function prepare(
  source: string,
  options: ParseOptions,
): { evaluate: ReturnType<typeof compile>; reads: Reads } {
  if (source.length > MAX_SOURCE) {
    throw sourceError(
      cut(source, 100),
      new Fault(`the expression is longer than ${MAX_SOURCE} characters`),
    );
  }
  try {
    if (source.trim() === "") throw new Fault("the expression is empty");
    return withBudget(ALONE, () => {
      const node = parse(source, options);
      check(node);
      return { evaluate: compile(node), reads: readsOfNode(node) };
    });
  } catch (thrown) {
    throw sourceError(source, thrown);
  }
}
