// How a CEL source becomes a program, and what a program answers.

import { type CelEnv, celType, type CelValue, isCelError, parse, plan } from "@bufbuild/cel";
import type { Json } from "../../core/json.ts";
import { withBudget } from "./budget.ts";
import { checkAndMeter } from "./check.ts";
import { parseError, runtimeError, sourceError } from "./errors.ts";
import { createEnvironment } from "./functions.ts";
import { toJson } from "./result.ts";
import type { CelScope } from "./scope.ts";
import { variablesOf } from "./values.ts";

/** Characters of one source. */
const MAX_SOURCE = 16 * 1024;
const CACHED_PROGRAMS = 1000;

export interface CelProgram {
  /** What was compiled, without a wrapping `${{ }}`. */
  readonly source: string;
  /**
   * The result as JSON that shares nothing with the scope: integers as numbers while they are safe
   * and as decimal text beyond, bytes as base64, times and durations as text. Throws
   * EXECUTION_ERROR with `details {expression}`, with `retryable: false` when a limit was reached.
   */
  evaluate(scope: CelScope): Json;
  /** The result of a condition; anything but true or false is an EXECUTION_ERROR. */
  evaluateBoolean(scope: CelScope): boolean;
}

export interface Cel {
  /**
   * Compiles a source, wrapped in `${{ }}` or not; the last 1,000 programs are kept. Throws
   * VALIDATION_ERROR with `details {expression, line?, column?}` (both from 1).
   */
  compile(source: string): CelProgram;
}

export function createCel(): Cel {
  const environment = createEnvironment();
  const programs = new Map<string, CelProgram>();
  return {
    compile(text) {
      const source = unwrap(text);
      const program = programs.get(source) ?? compile(source, environment);
      programs.delete(source);
      programs.set(source, program);
      if (programs.size > CACHED_PROGRAMS) programs.delete(programs.keys().next().value!);
      return program;
    },
  };
}

/** Takes a wrapping `${{ }}` off; the parser refuses tokens anywhere else. */
function unwrap(text: string): string {
  const source = text.trim();
  return source.startsWith("${{") && source.endsWith("}}") ? source.slice(3, -2).trim() : source;
}

function compile(source: string, environment: CelEnv): CelProgram {
  const evaluate = compileSource(source, environment);
  const text = environment.funcs.find("string")!;
  const describe = (value: CelValue) => String(text.call(0, undefined, [value]));
  const run = <T>(scope: CelScope, finish: (value: CelValue) => T): T => {
    try {
      return withBudget(() => {
        const value = evaluate(variablesOf(scope));
        if (isCelError(value)) throw value;
        return finish(value);
      });
    } catch (thrown) {
      throw runtimeError(source, thrown);
    }
  };
  return {
    source,
    evaluate: (scope) => run(scope, (value) => toJson(value, describe)),
    evaluateBoolean: (scope) =>
      run(scope, (value) => {
        if (typeof value === "boolean") return value;
        throw new Error(`a condition must be true or false, not ${celType(value)}`);
      }),
  };
}

function compileSource(source: string, environment: CelEnv): ReturnType<typeof plan> {
  if (source === "") throw sourceError(source, "the expression is empty");
  if (source.length > MAX_SOURCE) {
    const shown = `${source.slice(0, 100)}…`;
    throw sourceError(shown, `the expression is longer than ${MAX_SOURCE} characters`);
  }
  let parsed: ReturnType<typeof parse>;
  try {
    // The library's grammar wants a line end after a comment.
    parsed = parse(`${source}\n`);
  } catch (thrown) {
    throw parseError(source, thrown);
  }
  checkAndMeter(source, parsed, environment);
  return plan(environment, parsed);
}
