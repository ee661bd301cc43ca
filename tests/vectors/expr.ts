// How the conformance cases of Expr are run: what the language answers and what it refuses.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createExpr } from "../../embed/expr/engine.ts";
import { parseDuration } from "../../embed/expr/time/duration.ts";
import { Int, int, isNumeric, numberOf, type Value } from "../../embed/expr/values.ts";
import { readLines, type VectorResult } from "./result.ts";

interface Case {
  expr: string;
  value?: unknown;
  /** The type in Go. */
  type?: string;
}

/**
 * Runs the cases in the folder `expr` of `dir`: `*.core.jsonl` and `*.expected.jsonl` have an
 * answer in the environment `env.json`, those of `*.errors.jsonl` must be refused.
 */
export async function runExpr(dir: string): Promise<VectorResult[]> {
  const folder = join(dir, "expr");
  if (!existsSync(folder)) return [];
  const expr = createExpr();
  const env = environment(JSON.parse(readFileSync(join(folder, "env.json"), "utf8")));
  const files = readdirSync(folder).filter((file) => file.endsWith(".jsonl")).sort();
  return files.map((file) => {
    const cases = readLines<Case>(join(folder, file));
    const misses: string[] = [];
    for (const one of cases) {
      const problem = problemOf(one, {
        answer: () => expr.compile(one.expr).run(env),
        mustFail: file.endsWith(".errors.jsonl"),
      });
      if (problem !== undefined) misses.push(`${JSON.stringify(one.expr)}: ${problem}`);
    }
    return {
      file: `expr/${file}`,
      passed: cases.length - misses.length,
      total: cases.length,
      misses,
    };
  });
}

function problemOf(
  { value, type }: Case,
  { answer, mustFail }: { answer: () => unknown; mustFail: boolean },
): string | undefined {
  let actual: unknown;
  try {
    actual = answer();
  } catch (thrown) {
    return mustFail ? undefined : (thrown as Error).message.split("\n")[0];
  }
  if (mustFail) return `answers ${JSON.stringify(actual)}`;
  const expected = type === "time.Duration" ? Number(parseDuration(value as string).ns) : value;
  if (isDeepStrictEqual(plain(actual), plain(expected))) return undefined;
  return `answers ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
}

/** Without the sign of zeros, which JSON does not keep. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The environment of the cases: whole numbers are ints there, and there are functions. */
function environment(json: Record<string, unknown>): Record<string, unknown> {
  const number = (value: Value): number => {
    if (isNumeric(value)) return numberOf(value)!;
    throw new Error("not a number");
  };
  const whole = (value: Value): number => {
    if (value instanceof Int) return value.n;
    throw new Error("not an int");
  };
  return {
    ...withInts(json) as Record<string, unknown>,
    add: (a: Value, b: Value) => int(whole(a) + whole(b)),
    div: (a: Value, b: Value) => int(whole(a) / whole(b)),
    half: (a: Value) => number(a) / 2,
    greet: (name: Value) => {
      if (typeof name !== "string") throw new Error("not a text");
      return `Hello, ${name}`;
    },
    score: (a: Value, ...more: Value[]) =>
      int(more.reduce((sum: number, x) => sum + whole(x), whole(a))),
  };
}

function withInts(value: unknown): unknown {
  if (Number.isInteger(value)) return int(value as number);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withInts);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withInts(item)]));
}
