// How tables of expressions and their answers are tested.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createExpr } from "../../../embed/expr/engine.ts";
import { OpcodeError } from "../../../core/errors.ts";

export const expr = createExpr();

export const ENV = {
  name: "Ada",
  n: 5,
  half: 2.5,
  ok: true,
  none: null,
  words: ["pear", "fig", "apple"],
  items: [
    { id: 1, price: 10, tags: ["a", "b"], ok: true },
    { id: 2, price: 25.5, tags: [], ok: false },
    { id: 3, price: 7, tags: ["b"], ok: true },
  ],
  steps: { "fetch-data": { body: { count: 3 } } },
  twice: (x: any) => x * 2,
};

/** What `now()` answers here: noon of a day in 2026. */
export const NOW = Date.UTC(2026, 4, 17, 12);

export function answer(source: string, env: Record<string, unknown> = ENV): unknown {
  return expr.compile(source).run(env, { now: NOW });
}

/** One test for a table of sources and what they answer. */
export function answers(title: string, cases: [source: string, value: unknown][]): void {
  test(title, () => {
    for (const [source, value] of cases) assert.deepEqual(answer(source), value, source);
  });
}

export function refusal(source: string, env: Record<string, unknown> = ENV): OpcodeError {
  try {
    const value = answer(source, env);
    assert.fail(`${source} answers ${JSON.stringify(value)}`);
  } catch (thrown) {
    if (thrown instanceof OpcodeError) return thrown;
    throw thrown;
  }
}

/** One test for a table of sources that must fail with a code and a message like this. */
export function refuses(
  title: string,
  code: "VALIDATION_ERROR" | "EXECUTION_ERROR",
  cases: [source: string, message: RegExp][],
): void {
  test(title, () => {
    for (const [source, message] of cases) {
      const error = refusal(source);
      assert.equal(error.code, code, source);
      assert.match(error.message, message, source);
    }
  });
}
