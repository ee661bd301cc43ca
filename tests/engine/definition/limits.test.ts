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
  assert.deepEqual(errorsOf(workflow(loop("l", step("x"))), { limits }), [
    "steps[0].config.body: steps must not be nested deeper than 1 levels",
  ]);
  assert.deepEqual(errorsOf(workflow(loop("l", step("x")), ...many(2)), { limits }), [
    "steps: must hold at most 2 steps in all, nested ones included; holds 4",
  ]);
});

test("that there are too many steps is said before anything is said of each of them", () => {
  const empty = Array.from({ length: 200_000 }, () => ({}));
  assert.deepEqual(errorsOf({ steps: empty as Json[], typo: 1 }), [
    "steps: must hold at most 10000 steps in all, nested ones included; holds 200000",
  ]);
});

test("a check ends at ten thousand faults and says so", () => {
  const faulty = many(9_000).map((s) => ({ ...s, typo: 1, typo2: 2 }));
  const errors = errorsOf(workflow(...faulty));
  assert.equal(errors.length, 10_001);
  assert.equal(errors[0], "/: the check ended here: it has found 10000 faults and warnings");
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
  const { errors } = validateDefinition(workflow(...chain));
  // Those that read one further down the chain, which may never be called.
  assert.ok(errors.length > 0);
  assert.ok(errors.every(({ message }) => message.includes("need not be over by then")));
});

test("an empty branch counts as a step: a hundred thousand are refused before they are built", () => {
  const empty = Array.from({ length: 100_000 }, () => []);
  const rule = "steps: must hold at most 10000 steps in all, nested ones included; holds 1 and " +
    "100000 empty branches, which count";
  assert.deepEqual(errorsOf(workflow(parallel("p", ...empty))), [rule]);
  const named = { expression: "'x'", branches: Object.fromEntries(empty.entries()) };
  assert.deepEqual(errorsOf(workflow({ id: "c", type: "condition", config: named })), [rule]);
  assert.deepEqual(errorsOf(workflow(parallel("p", ...empty.slice(0, 9_999)))), []);
});

test("so many dependencies are allowed in all, and not one more", () => {
  const dense = (extra: number) =>
    many(300).map((s, i) => ({
      ...s,
      depends_on: Array.from({ length: i }, (_, k) => `s${k}`).concat(
        i === 299 ? Array.from({ length: extra }, () => "s0") : [],
      ),
    }));
  assert.deepEqual(errorsOf(workflow(...dense(50_000 - 44_850))), []);
  assert.deepEqual(errorsOf(workflow(...dense(50_001 - 44_850))), [
    "steps: must hold at most 50000 entries of depends_on in all; holds 50001",
  ]);
});

test("a decision has at most a hundred options and a hundred values to show", () => {
  const question = (config: JsonObject) => workflow({ id: "q", type: "reasoning", config });
  const options = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `o${i}` }));
  const values = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, "inputs.x"]));
  assert.deepEqual(errorsOf(question({ options: options(100), data_inject: values(100) })), []);
  assert.deepEqual(errorsOf(question({ options: options(101), data_inject: values(101) })), [
    "steps[0].config.options: must have at most 100 items, has 101",
    "steps[0].config.data_inject: must have at most 100 members, has 101",
  ]);
});

test("what names something is no book", () => {
  const long = "x".repeat(5_000);
  const longer = `\${{inputs.${long}}}`;
  const definition = workflow(
    step("a", { action: long, depends_on: [long], timeout: "1ms".repeat(40) }),
    step("b", { on_error: { strategy: "fallback_step", fallback_step: long } }),
    { id: "w", type: "wait", config: { duration: longer, signal: longer } },
    { id: "q", type: "reasoning", config: { fallback: long, target_agent: longer } },
  );
  const at = (path: string, most: number, has: number) =>
    `steps${path}: must have at most ${most} characters, has ${has}`;
  assert.deepEqual(errorsOf(definition), [
    at("[0].action", 256, 5_000),
    at("[0].depends_on[0]", 256, 5_000),
    at("[0].timeout", 100, 120),
    at("[1].on_error.fallback_step", 256, 5_000),
    at("[2].config.duration", 4_096, longer.length),
    at("[2].config.signal", 4_096, longer.length),
    at("[3].config.fallback", 256, 5_000),
    at("[3].config.target_agent", 4_096, longer.length),
  ]);
});

test("a step has at most five thousand tokens, wherever they stand", () => {
  const tokens = (count: number) => "${{inputs.a}}".repeat(count);
  const ways = (count: number): JsonObject[] => [
    { text: tokens(count) },
    { list: Array.from({ length: count }, () => "${{inputs.a}}") },
    { half: tokens(Math.floor(count / 2)), other: { half: tokens(Math.ceil(count / 2)) } },
  ];
  for (const params of ways(5_000)) assert.deepEqual(errorsOf(workflow(step("a", { params }))), []);
  for (const params of ways(5_001)) {
    assert.deepEqual(errorsOf(workflow(step("b"), step("a", { params }))), [
      "steps[1]: must hold at most 5000 tokens ${{…}} in all",
    ]);
  }
  assert.deepEqual(errorsOf({ ...workflow(step("a")), inputs: { x: tokens(5_001) } }), [
    "inputs: must hold at most 5000 tokens ${{…}} in all",
  ]);
});

test("tokens of one step have at most so many characters in all", () => {
  const path = ".a".repeat(60_000);
  const params = (count: number) => ({
    list: Array.from({ length: count }, () => `\${{inputs${path}}}`),
  });
  assert.deepEqual(errorsOf(workflow(step("a", { params: params(2) }))), []);
  assert.deepEqual(errorsOf(workflow(step("a", { params: params(3) }))), [
    "steps[0]: must hold at most 262144 characters in tokens ${{…}} in all",
  ]);
});

test("what nearly thousands of inputs may have been meant is not asked for each of thousands", () => {
  const inputs = Object.fromEntries(Array.from({ length: 9_900 }, (_, i) => [`k${i}`, 1]));
  const reads = Array.from({ length: 4_900 }, (_, i) => `\${{inputs.nothing${i}}}`);
  let asked = 0;
  const watched = new Proxy(inputs, {
    ownKeys: (target) => {
      asked++;
      return Reflect.ownKeys(target);
    },
  });
  assert.deepEqual(
    errorsOf({ ...workflow(step("a", { params: { reads } })), inputs: watched }),
    [],
  );
  assert.ok(asked < 200, `all names were asked for ${asked} times`);
});
