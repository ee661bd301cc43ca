// How a CEL source becomes a program, and what a program answers.

import { Lru } from "../../core/lru.ts";
import { cut } from "../../core/text.ts";
import { type CelEnv, celType, type CelValue, isCelError, parse, plan } from "@bufbuild/cel";
import { OpcodeError } from "../../core/errors.ts";
import { Elsewhere, type ExpressionRequest, NotYet } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import { ALONE, FuelSpent, INLINE, isNested, type Limits, stop, withBudget } from "./budget.ts";
import { checkAndMeter, VARIABLES } from "./check.ts";
import { outOfFuel, parseError, runtimeError, sourceError } from "./errors.ts";
import { fieldHint } from "./field-hint.ts";
import { overloadHint } from "./overload-hint.ts";
import { createEnvironment } from "./functions.ts";
import { toJson } from "./result.ts";
import type { CelScope } from "./scope.ts";
import { type Reads, snapshotOf } from "./snapshot.ts";
import { variablesOf } from "./values.ts";

/** Characters of one source. */
const MAX_SOURCE = 16 * 1024;
const CACHED_PROGRAMS = 1_000;
/** Characters of the sources whose programs are kept; a program takes up to 214 bytes for each. */
const CACHED_SOURCES = 256 * 1024;

export interface CelProgram {
  /** What was compiled, without a wrapping `${{ }}`. */
  readonly source: string;
  /**
   * The result as JSON that shares nothing with the scope: integers as numbers while they are safe
   * and as decimal text beyond, bytes as base64, times and durations as text. Throws
   * EXECUTION_ERROR with `details {expression}`, with `retryable: false` when a limit was reached;
   * Elsewhere when it takes more than `limits`, by default the scope's or else those of a thread
   * that others wait for. Evaluated again with the scope's `answered`, it answers that.
   */
  evaluate(scope: CelScope, limits?: Limits): Json;
  /** The result of a condition; anything but true or false is an EXECUTION_ERROR. */
  evaluateBoolean(scope: CelScope, limits?: Limits): boolean;
}

export interface Cel {
  /**
   * Compiles a source, wrapped in `${{ }}` or not; the last 1,000 programs are kept, or fewer long ones. Throws
   * VALIDATION_ERROR with `details {expression, line?, column?}` (both from 1).
   */
  compile(source: string): CelProgram;
  /** Whether a source is CEL by its syntax, whatever its names. */
  parses(source: string): boolean;
}

export function createCel(): Cel {
  const environment = createEnvironment();
  const programs = new Lru<CelProgram>(CACHED_PROGRAMS, CACHED_SOURCES);
  return {
    compile(text) {
      const source = unwrap(text);
      return programs.get(source, () => compile(source, environment));
    },
    parses(text) {
      try {
        parseSource(unwrap(text));
        return true;
      } catch (thrown) {
        if (thrown instanceof OpcodeError) return false;
        throw thrown;
      }
    },
  };
}

/** Takes a wrapping `${{ }}` off; the parser refuses tokens anywhere else. */
function unwrap(text: string): string {
  const source = text.trim();
  return source.startsWith("${{") && source.endsWith("}}") ? source.slice(3, -2).trim() : source;
}

function compile(source: string, environment: CelEnv): CelProgram {
  const { evaluate, reads } = compileSource(source, environment);
  const text = environment.funcs.find("string")!;
  const describe = (value: CelValue) => String(text.call(0, undefined, [value]));
  const run = <T extends Json>(
    scope: CelScope,
    options: { limits: Limits; mode: ExpressionRequest["mode"]; finish(value: CelValue): T },
  ): T => {
    const answer = scope.answered?.(source);
    if (answer?.ok) return answer.value as T;
    if (answer) throw answer.error;
    const { limits, mode, finish } = options;
    try {
      return withBudget(limits, () => {
        const value = evaluate(variablesOf(scope));
        if (isCelError(value)) throw value;
        return finish(value);
      });
    } catch (thrown) {
      const elsewhere = thrown instanceof NotYet
        ? thrown
        : thrown instanceof FuelSpent && limits !== ALONE
        ? new Elsewhere({ engine: "cel", source, mode, data: snapshotOf(scope, reads) })
        : null;
      // What an evaluation around this one would make of it does not matter.
      if (elsewhere && isNested()) stop(elsewhere);
      if (elsewhere) throw elsewhere;
      if (thrown instanceof FuelSpent) throw outOfFuel(source);
      throw runtimeError(
        source,
        thrown,
        (message) =>
          overloadHint(message) || fieldHint(source, message, {
            isWhole: limits !== ALONE,
            evaluate: (part) =>
              withBudget(
                limits,
                () => compileSource(part, environment).evaluate(variablesOf(scope)),
              ),
          }),
      );
    }
  };
  return {
    source,
    evaluate: (scope, limits = scope.limits ?? INLINE) =>
      run(scope, { limits, mode: "value", finish: (value) => toJson(value, describe) }),
    evaluateBoolean: (scope, limits = scope.limits ?? INLINE) =>
      run(scope, {
        limits,
        mode: "boolean",
        finish(value) {
          if (typeof value === "boolean") return value;
          throw new Error(`a condition must be true or false, not ${celType(value)}`);
        },
      }),
  };
}

/** What a checked source evaluates to for its variables, metered, and what it reads. */
export function compileSource(
  source: string,
  environment: CelEnv,
  variables: readonly string[] = VARIABLES,
): { evaluate: ReturnType<typeof plan>; reads: Reads } {
  const parsed = parseSource(source);
  const reads = checkAndMeter({ source, parsed, environment, variables });
  return { evaluate: plan(environment, parsed), reads };
}

function parseSource(source: string): ReturnType<typeof parse> {
  if (source === "") throw sourceError(source, "the expression is empty");
  if (source.length > MAX_SOURCE) {
    throw sourceError(cut(source, 100), `the expression is longer than ${MAX_SOURCE} characters`);
  }
  try {
    // The library's grammar wants a line end after a comment.
    return parse(`${source}\n`);
  } catch (thrown) {
    throw parseError(source, thrown);
  }
}
