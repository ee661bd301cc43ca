// How large, how deep and how hostile a definition may be.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { reportError, validateDefinition } from "../../../engine/definition/validate.ts";
import { branch, errorsOf, loop, parallel, step, workflow } from "./support.ts";

/** Time that grows with the square of such sizes is minutes; on any machine it is a failure. */
const HANGING_MS = 120_000;

/** A workflow whose innermost step is this deep; top-level steps are depth 1. */
function nested(depth: number): JsonObject {
  let inner: JsonObject = step("leaf");
  for (let level = depth - 1; level >= 1; level--) {
    const wrap = [
      loop,
      (id: string, s: Json) => branch(id, "k", s),
      (id: string, s: Json) => parallel(id, [s]),
    ][level % 3]!;
    inner = wrap(`level${level}`, inner);
  }
  return workflow(inner);
}

test("sixteen levels of steps are allowed, seventeen are not", () => {
  assert.deepEqual(errorsOf(nested(16)), []);
  const errors = errorsOf(nested(17));
  assert.equal(errors.length, 1);
  assert.match(
    errors[0]!,
    /^steps\[0\]\.config\..*: steps must not be nested deeper than 16 levels$/,
  );
});

test("hooks are top-level steps: their own depth counts from one", () => {
  const hook = (nested(16).steps as Json[])[0]!;
  assert.deepEqual(errorsOf({ ...workflow(step("a")), on_complete: hook }), []);
  const deep = (nested(17).steps as Json[])[0]!;
  assert.match(errorsOf({ ...workflow(step("a")), on_error: deep })[0]!, /^on_error\.config/);
});

function many(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, i) => step(`s${i}`));
}

test("ten thousand steps are allowed, one more is not, wherever it stands", () => {
  assert.deepEqual(errorsOf(workflow(...many(10_000))), []);
  const rule = "steps: must hold at most 10000 steps in all, nested ones included; holds 10001";
  assert.deepEqual(errorsOf(workflow(...many(10_001))), [rule]);
  assert.deepEqual(errorsOf(workflow(loop("l", ...many(10_000)))), [rule]);
  assert.deepEqual(errorsOf({ ...workflow(...many(10_000)), on_error: step("h") }), [rule]);
});

test("beyond its limits a definition is not looked at as a whole: full ids could fill the memory", () => {
  const twins = [step("a"), step("a")];
  const long = "x".repeat(257);
  assert.deepEqual(errorsOf(workflow(loop(long, ...twins))), [
    "steps[0].id: must have at most 256 characters, has 257",
  ]);
  assert.deepEqual(errorsOf(workflow(branch("c", long, ...twins))).length, 1);
  assert.deepEqual(errorsOf(workflow((nested(17).steps as Json[])[0]!, ...twins)).length, 1);
  assert.deepEqual(errorsOf(workflow(...twins, ...many(10_000))).length, 1);
});

test("limits are settings", () => {
  const limits = { maxSteps: 2, maxDepth: 1, maxBytes: 1_000 };
  assert.deepEqual(errorsOf(workflow(...many(2)), { limits }), []);
  assert.deepEqual(errorsOf(workflow(loop("l", step("x")), ...many(2)), { limits }), [
    "steps[0].config.body: steps must not be nested deeper than 1 levels",
    "steps: must hold at most 2 steps in all, nested ones included; holds 3",
  ]);
});

test("four MiB of definition are allowed, a byte more is not", () => {
  const limit = 4 * 1024 * 1024;
  const empty = { ...workflow(step("a")), metadata: { text: "" } };
  const text = "é".repeat(10) + "x".repeat(limit - JSON.stringify(empty).length - 20);
  assert.deepEqual(errorsOf({ ...empty, metadata: { text } }), []);
  assert.deepEqual(errorsOf({ ...empty, metadata: { text: text + "x" } }), [
    `/: must have at most ${limit} bytes as JSON, has ${limit + 1}`,
  ]);
});

test("JSON that is nested a hundred thousand levels deep is refused, not a crash", () => {
  const deep = (open: string, close: string) =>
    JSON.parse(open.repeat(100_000) + "1" + close.repeat(100_000));
  const rule = ["/: must not be nested deeper than 500 levels of JSON"];
  assert.deepEqual(errorsOf({ ...workflow(step("a")), metadata: deep('{"a":', "}") }), rule);
  assert.deepEqual(errorsOf(workflow(step("a", { params: { p: deep("[", "]") } }))), rule);
  assert.deepEqual(
    errorsOf(deep('{"steps":[{"id":"a","type":"loop","config":{"body":', "}}]}")),
    rule,
  );
  assert.deepEqual(
    errorsOf({
      ...workflow(step("a")),
      metadata: { m: JSON.parse("[".repeat(400) + "]".repeat(400)) },
    }),
    [],
  );
});

test("a report of very many errors counts all of them and lists a hundred", () => {
  const report = validateDefinition(workflow(...many(5_000).map((s) => ({ ...s, typo: 1 }))));
  assert.equal(report.errors.length, 5_000);
  const error = reportError(report);
  assert.equal(error.code, "VALIDATION_ERROR");
  assert.equal(error.message, "validation failed with 5000 errors");
  const details = error.details as { error_count: number; errors: Json[]; truncated: boolean };
  assert.equal(details.error_count, 5_000);
  assert.equal(details.errors.length, 100);
  assert.equal(details.truncated, true);
});

test("hostile sizes are answered", { timeout: HANGING_MS }, () => {
  const chain = many(10_000).map((s, i) => ({
    ...s,
    depends_on: i === 0 ? [] : [`s${i - 1}`],
    params: { first: "${{steps.s0.output}}", unknown: `\${{steps.nope${i}.output}}` },
  }));
  const { errors, warnings } = validateDefinition(workflow(...chain));
  assert.equal(errors.length, 10_001);
  assert.equal(warnings.length, 0);
});

test("ten thousand fallbacks in a chain that read each other are answered", {
  timeout: HANGING_MS,
}, () => {
  const chain = many(10_000).map((s, i) => ({
    ...s,
    params: Array.from({ length: 10 }, (_, j) => `\${{steps.s${(i + j * 997 + 1) % 10_000}.x}}`)
      .reduce((all, text, j) => ({ ...all, [`p${j}`]: text }), {}),
    ...(i < 9_999 && { on_error: { strategy: "fallback_step", fallback_step: `s${i + 1}` } }),
  }));
  assert.deepEqual(validateDefinition(workflow(...chain)).errors, []);
});
