// What templates' own JSON Schemas accept, refuse and fill in.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { SchemaGate } from "../../../embed/schema/answer.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";
import { applyDefaults, checkSchema, schemaCheck } from "../../../engine/definition/schemas.ts";

const gate = new SchemaGate(evaluateHere);

/** The check of a schema that has been found to be one. */
async function check(schema: JsonObject): Promise<(value: Json) => Promise<string[]>> {
  await checkSchema(schema, "input_schema", gate);
  const violations = schemaCheck(schema);
  return async (value) => await violations(value, gate, {});
}

test("violations name the place and the rule", async () => {
  const person = await check({
    type: "object",
    properties: {
      age: { type: "integer", minimum: 0 },
      mail: { type: "string", format: "email" },
      role: { enum: ["admin", "guest"] },
      tags: { type: "array", items: { type: "string" } },
    },
    required: ["age"],
    additionalProperties: false,
  });
  assert.deepEqual(await person({ age: 3, mail: "a@b.co", role: "guest", tags: ["x"] }), []);
  assert.deepEqual(await person({}), ["/age: is required"]);
  assert.deepEqual(await person({ age: -1 }), ["/age: must be >= 0"]);
  assert.deepEqual(await person({ age: 1, tags: [1] }), ["/tags/0: must be string"]);
  assert.deepEqual(await person({ age: 1, role: "root" }), [
    '/role: must be one of ["admin","guest"]',
  ]);
  assert.deepEqual(await person({ age: 1, mail: "nobody" }), ['/mail: must match format "email"']);
  assert.deepEqual(await person({ age: 1, extra: 1 }), [
    '/: must NOT have additional properties: "extra"',
  ]);
});

test("patterns run in linear time and know RE2 syntax", async () => {
  const evil = await check({ pattern: "^(a+)+$" });
  const before = performance.now();
  assert.equal((await evil("a".repeat(40) + "!")).length, 1);
  assert.ok(performance.now() - before < 1_000, "a backtracking engine needs hours");
  const insensitive = await check({ pattern: "(?i)^ok$" });
  assert.deepEqual(await insensitive("OK"), []);
  const several = await check({
    properties: { a: { pattern: "^a$" }, b: { pattern: "^b$" } },
  });
  assert.deepEqual(await several({ a: "a", b: "b" }), []);
  assert.equal((await several({ a: "a", b: "a" })).length, 1);
});

const INVALID: [string, JsonObject, RegExp, string[]?][] = [
  ["an unknown type", { properties: { a: { type: "strin" } } }, /must be one of \["array",/, [
    "properties",
    "a",
    "type",
  ]],
  ["an unknown type among known ones", { type: ["string", "nul"] }, /must be one of/, [
    "type",
    "1",
  ]],
  ["a reference to another document", { $ref: "http://127.0.0.1:1/x.json" }, /resolve reference/],
  ["a reference to nothing", { $ref: "#/$defs/none" }, /resolve reference/],
  ["a pattern that is not RE2", { pattern: "(?=a)" }, /\(\?=/],
  ["a keyword of the wrong type", { minLength: "3" }, /must be integer/, ["minLength"]],
  ["an asynchronous schema", { $async: true }, /\$async/],
  ["the id of a known schema", { $id: "https://json-schema.org/draft/2020-12/schema" }, /already/],
];

for (const [what, schema, message, keys] of INVALID) {
  test(`${what} is an invalid schema`, async () => {
    await assert.rejects(checkSchema(schema, "output_schema", gate), (error: Error) => {
      const { code, details: { rule, ...details } = {} } = error as OpcodeError;
      assert.equal(code, "VALIDATION_ERROR");
      assert.deepEqual(details, {
        path: "output_schema",
        field: "output_schema",
        ...(keys && { keys }),
      });
      assert.equal(error.message, `invalid output schema: ${rule}`);
      assert.match(error.message, message);
      return true;
    });
  });
}

test("a very deep schema is refused, a very deep value is answered", async () => {
  const deep = JSON.parse('{"not":'.repeat(100_000) + "{}" + "}".repeat(100_000));
  await assert.rejects(check(deep), /nested deeper than 100 levels/);
  const list = await check({ $defs: { l: { items: { $ref: "#/$defs/l" } } }, $ref: "#/$defs/l" });
  const value = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  assert.deepEqual(await list(value), ["/: cannot be checked, it nests too deeply"]);
  assert.deepEqual(await list([[[]]]), []);
});

test("a schema that only refers to itself does not take the process down", async () => {
  const endless = await check({ $ref: "#" });
  assert.deepEqual(await endless({}), ["/: cannot be checked, it nests too deeply"]);
});

test("a schema of an older draft is read as 2020-12", async () => {
  const old = await check({ $schema: "http://json-schema.org/draft-07/schema#", type: "string" });
  assert.deepEqual(await old("x"), []);
  assert.equal((await old(1)).length, 1);
});

test("defaults fill in top-level properties and nothing else", () => {
  const schema = {
    properties: {
      a: { default: { list: [1] } },
      b: { default: 2 },
      c: { type: "string" },
      d: { default: null },
      constructor: { default: "c" },
    },
  } as unknown as JsonObject;
  const value = { b: 0, extra: true };
  const filled = applyDefaults(schema, value);
  assert.deepEqual(filled, { b: 0, extra: true, a: { list: [1] }, d: null, constructor: "c" });
  assert.deepEqual(value, { b: 0, extra: true });
  (filled.a as { list: number[] }).list.push(2);
  assert.deepEqual(applyDefaults(schema, {}).a, { list: [1] });
  assert.deepEqual(applyDefaults({ type: "object" }, value), value);
});
