// That a check by a schema ends, however little of it passes, and that small ones need no other thread.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Evaluate, ExpressionRequest } from "../../../core/expression.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { SchemaGate } from "../../../embed/schema/answer.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";
import { THREAD } from "../../../embed/worker.ts";
import { WorkerPool } from "../../../embed/worker/pool.ts";

/** Deno does not end a thread that is busy: what would never end cannot be tried there. */
const skip = "Deno" in globalThis ? "a busy thread does not end on Deno" : false;

const range = <T>(length: number, item: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => item(i));

/** Definitions of which each leads to the next one twice, the last to `leaf`. */
function levels(
  count: number,
  fan: (next: JsonObject) => JsonObject,
  leaf: JsonObject,
): JsonObject {
  const $defs = Object.fromEntries(
    range(count + 1, (i) => [`d${i}`, i === count ? leaf : fan({ $ref: `#/$defs/d${i + 1}` })]),
  );
  return { $defs, $ref: "#/$defs/d0" };
}

const BOMBS: [string, JsonObject, Json][] = [
  ["anyOf", levels(30, (next) => ({ anyOf: [next, next] }), { type: "string" }), 1],
  ["oneOf", levels(30, (next) => ({ oneOf: [next, next] }), { type: "string" }), 1],
  ["oneOf that passes", levels(30, (next) => ({ oneOf: [next, next] }), {}), 1],
  ["allOf that passes", levels(30, (next) => ({ allOf: [next, next] }), {}), 1],
  ["not", levels(30, (next) => ({ not: { anyOf: [next, next] } }), { type: "string" }), 1],
  ["if", levels(30, (next) => ({ if: next, then: next, else: next }), {}), 1],
  ["contains", levels(16, (next) => ({ contains: { anyOf: [next, next] } }), false as never), [
    range(100, () => range(100, () => [[[[[[[[[[[[[[1]]]]]]]]]]]]]])),
  ]],
  ["dependentSchemas", levels(30, (next) => ({ dependentSchemas: { a: next, b: next } }), {}), {
    a: 1,
    b: 1,
  }],
  [
    "unevaluatedProperties",
    {
      anyOf: range(200, (i) => ({ properties: { [`p${i}`]: { type: "string" } } })),
      unevaluatedProperties: false,
    },
    Object.fromEntries(range(4_000, (i) => [`p${i}`, 1])),
  ],
  [
    "contains among many",
    { contains: { anyOf: range(50, () => ({ type: "string" })) } },
    range(
      20_000,
      (i) => i,
    ),
  ],
  ["$dynamicRef", {
    $dynamicAnchor: "x",
    anyOf: [{ $dynamicRef: "#x" }, { $dynamicRef: "#x" }],
  }, 1],
];

describe("a bomb of", () => {
  for (const [name, schema, value] of BOMBS) {
    test(`${name} takes a thread that others wait for few steps only`, async () => {
      const asked: ExpressionRequest[] = [];
      const evaluate: Evaluate = (request) => {
        asked.push(request);
        return Promise.resolve([]);
      };
      const gate = new SchemaGate(evaluate);
      const text = JSON.stringify(schema);
      await gate.refuse(text, {});
      const { user } = process.cpuUsage();
      const found = await gate.violations(text, value, {});
      const ms = (process.cpuUsage().user - user) / 1000;
      // Thousands of steps take milliseconds; the whole of it would take hours or all memory.
      assert.ok(ms < 1_000, `${ms} ms`);
      const isEndless = asked.length === 1 && found.length === 1;
      assert.ok(asked.length === 2 || isEndless, JSON.stringify(found));
    });
  }
});

describe("in the worker,", { skip }, () => {
  const pool = new WorkerPool({ script: THREAD });
  after(() => pool.close());
  const gate = new SchemaGate((request) => pool.evaluate(request, { deadlineMs: 500 }));
  const anyOf = JSON.stringify(BOMBS[0]![1]);

  test("a check that does not end is what is wrong with the value", async () => {
    const found = await gate.violations(anyOf, 1, {});
    const [{ at, rule } = { at: "", rule: "" }, ...others] = found;
    assert.deepEqual(others, []);
    assert.equal(at, "/");
    // Whichever limit it meets first.
    assert.match(rule, /^the check by the schema (did not end within|exceeds the limit of)/);
  });

  test("the next check is made as ever, of values and of schemas", async () => {
    const text = JSON.stringify({ type: "string" });
    // What ends by itself must not fail because the machine is busy.
    const patient = new SchemaGate((request) => pool.evaluate(request, { deadlineMs: 60_000 }));
    assert.deepEqual(await patient.violations(text, "x", {}), []);
    assert.deepEqual(await patient.violations(text, 1, {}), [
      { at: "/", rule: "must be string", explained: "must be string" },
    ]);
    await assert.rejects(patient.refuse('{"type":"strin"}', {}), { code: "VALIDATION_ERROR" });
  });

  test("a schema that takes too long to compile is refused with the reason", async () => {
    const properties = Object.fromEntries(
      range(4_000, (i) => [`p${i}`, { type: "string", minLength: 1, pattern: "^a" }]),
    );
    await assert.rejects(gate.refuse(JSON.stringify({ properties }), {}), {
      message: /^the check by the schema did not end within|call stack/,
    });
  });
});

test("a small schema that is known to be one is checked at once", async () => {
  const gate = new SchemaGate(evaluateHere);
  const text = JSON.stringify({ type: "object", required: ["a"] });
  assert.ok(gate.violations(text, {}, {}) instanceof Promise);
  await gate.refuse(text, {});
  assert.deepEqual(gate.violations(text, { a: 1 }, {}), []);
});

test("one that is slow to compile is not, whatever its length", async () => {
  const gate = new SchemaGate(evaluateHere);
  for (const schema of [{ pattern: "(a{1,100}){1,10}" }, { const: "x".repeat(5_000) }]) {
    const text = JSON.stringify(schema);
    await gate.refuse(text, {});
    assert.ok(gate.violations(text, "x", {}) instanceof Promise, text.slice(0, 100));
  }
});

test("a schema of 256 KiB is the largest", async () => {
  const gate = new SchemaGate(evaluateHere);
  const rule = "must have at most 262144 characters as JSON";
  const text = JSON.stringify({ const: "x".repeat(256 * 1024) });
  await assert.rejects(gate.refuse(text, {}), { message: rule, details: { rule } });
});
