// assert.*: what passes, what fails with which details, and what is no check at all.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { OpcodeError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { actionContext, actionNamed, execute, failsWith } from "../support/action-context.ts";
import { scratch } from "../support/scratch.ts";

async function failureOf(name: string, params: Json): Promise<OpcodeError> {
  try {
    await execute(name, params);
  } catch (error) {
    if (error instanceof OpcodeError) return error;
    throw error;
  }
  throw new Error(`${name} passed`);
}

describe("assert.equals", () => {
  const equal: [Json, Json][] = [
    [42, 42.0],
    ["a", "a"],
    [null, null],
    [{ a: 1, b: [2] }, { b: [2], a: 1 }],
    ["200", 200],
    [200, "200"],
    ["true", true],
    [1234567, "1234567"],
  ];
  for (const [expected, actual] of equal) {
    test(`${JSON.stringify(expected)} is ${JSON.stringify(actual)}`, async () => {
      assert.deepEqual(await execute("assert.equals", { expected, actual }), { pass: true });
    });
  }

  const different: [Json, Json][] = [
    [1, 2],
    ["200", 201],
    ["1.0", 1],
    [true, 1],
    [null, "null"],
    [null, false],
    [[1, 2], [2, 1]],
    [[1], [1, 1]],
    [[], {}],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: "1" }, { a: 1 }],
    [{ toString: 1 }, { a: 1 }],
  ];
  for (const [expected, actual] of different) {
    test(`${JSON.stringify(expected)} is not ${JSON.stringify(actual)}`, async () => {
      const error = await failureOf("assert.equals", { expected, actual });
      assert.equal(error.code, "ASSERTION_FAILED");
      assert.deepEqual(error.details, { expected, actual });
    });
  }

  test("a text equals what reads like it at top level only, and only a number or boolean", async () => {
    await execute("assert.equals", { expected: "200", actual: 200 });
    await execute("assert.equals", { expected: false, actual: "false" });
    for (const [expected, actual] of [[["200"], [200]], ["null", null], ["[]", []]] as Json[][]) {
      const error = await failureOf("assert.equals", { expected: expected!, actual: actual! });
      assert.equal(error.code, "ASSERTION_FAILED");
    }
  });

  test("both sides must be given", async () => {
    for (const params of [{}, { expected: 1 }, { actual: 1 }] as Json[]) {
      await assert.rejects(
        execute("assert.equals", params),
        failsWith("VALIDATION_ERROR", /params\.(expected|actual): is required/),
      );
    }
  });

  test("large values are in the details as excerpts", async () => {
    const large = ["x".repeat(200_000)];
    const error = await failureOf("assert.equals", {
      expected: large,
      actual: "y".repeat(200_000),
    });
    const { expected, actual } = error.details as Record<string, string>;
    assert.match(expected!, /^\["x{60000,66000}…$/);
    assert.match(actual!, /^y{60000,66000}…$/);
  });

  test("a message of its own", async () => {
    const params = { expected: 1, actual: 2, message: "the counts differ" };
    assert.equal((await failureOf("assert.equals", params)).message, "the counts differ");
    const without = { expected: 1, actual: 2, message: "" };
    assert.equal(
      (await failureOf("assert.equals", without)).message,
      "the values are not equal: expected 1, got 2",
    );
    const long = { expected: "1", actual: "😀".repeat(200) };
    assert.match(
      (await failureOf("assert.equals", long)).message,
      /^the values are not equal: expected "1", got "(😀){49}\ufffd?…$/u,
    );
  });
});

describe("assert.contains", () => {
  const found: [Json, Json][] = [
    ["abc", "b"],
    ["abc", ""],
    ["n is 1234567", 1234567],
    ['x {"a":1} y', { a: 1 }],
    [[1, 2], 2],
    [[{ a: 1 }], { a: 1 }],
    [[null], null],
  ];
  for (const [haystack, needle] of found) {
    test(`${JSON.stringify(haystack)} has ${JSON.stringify(needle)}`, async () => {
      assert.deepEqual(await execute("assert.contains", { haystack, needle }), { pass: true });
    });
  }

  test("a needle is looked for as it reads; null reads as nothing", async () => {
    const text = "1234567 true <nil> null 1.234567e+06";
    await execute("assert.contains", { haystack: text, needle: 1234567 });
    await execute("assert.contains", { haystack: text, needle: true });
    const error = await failureOf("assert.contains", { haystack: text, needle: null });
    assert.equal(error.code, "VALIDATION_ERROR");
  });

  const missing: [Json, Json][] = [["abc", "d"], [[1], "1"], [[], null]];
  for (const [haystack, needle] of missing) {
    test(`${JSON.stringify(haystack)} has no ${JSON.stringify(needle)}`, async () => {
      const error = await failureOf("assert.contains", { haystack, needle });
      assert.equal(error.code, "ASSERTION_FAILED");
      assert.deepEqual(error.details, { haystack, needle });
    });
  }

  const unusable: [Json, Json][] = [[5, 5], [{ a: 1 }, "a"], [null, null], ["null", null]];
  for (const [haystack, needle] of unusable) {
    test(`${JSON.stringify(haystack)} cannot be asked for ${JSON.stringify(needle)}`, async () => {
      const error = await failureOf("assert.contains", { haystack, needle });
      assert.equal(error.code, "VALIDATION_ERROR");
    });
  }
});

describe("assert.matches", () => {
  test("answers the first match, unanchored", async () => {
    const params = { value: "release v1.2 and v1.3", pattern: "v[0-9]+\\.[0-9]+" };
    assert.deepEqual(await execute("assert.matches", params), { pass: true, matches: "v1.2" });
    assert.equal((await execute("assert.matches", { value: 200, pattern: "^2" })).matches, "2");
  });

  test("fails with value and pattern", async () => {
    const error = await failureOf("assert.matches", { value: "abc", pattern: "^b" });
    assert.equal(error.code, "ASSERTION_FAILED");
    assert.deepEqual(error.details, { value: "abc", pattern: "^b" });
  });

  for (const pattern of ["(", "a(?=b)", "(a)\\1", "[z-a]"]) {
    test(`${pattern} is no pattern`, async () => {
      const error = await failureOf("assert.matches", { value: "ab", pattern });
      assert.equal(error.code, "VALIDATION_ERROR");
      assert.match(error.message, /params\.pattern/);
    });
  }

  test("is synchronous once the engine is loaded", async () => {
    await execute("assert.matches", { value: "a", pattern: "a" });
    const answer = actionNamed("assert.matches").execute(
      { value: "a", pattern: "a" },
      actionContext(),
    );
    assert.ok(!(answer instanceof Promise));
  });

  test("a long text is searched for short patterns only", async () => {
    const value = "a".repeat(1_000_000);
    assert.deepEqual(await execute("assert.matches", { value: `${value}!`, pattern: "a!" }), {
      pass: true,
      matches: "a!",
    });
    const pattern = Array.from({ length: 60 }, (_, i) => `a*${i}`).join("|").repeat(2);
    assert.ok(pattern.length > 300);
    const error = await failureOf("assert.matches", { value, pattern });
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.match(error.message, /^params\.value: is too long/);
  });

  test("a pattern that would backtrack for ever ends at once", async () => {
    const params = { value: "a".repeat(5_000) + "!", pattern: "^(a+)+$" };
    assert.equal((await failureOf("assert.matches", params)).code, "ASSERTION_FAILED");
  });
});

describe("assert.schema", () => {
  const person = {
    type: "object",
    properties: { name: { type: "string", pattern: "^[A-Z]" }, mail: { format: "email" } },
    required: ["name"],
  };

  test("fits", async () => {
    const data = { name: "Ada", mail: "ada@example.org" };
    assert.deepEqual(await execute("assert.schema", { data, schema: person }), { pass: true });
    assert.deepEqual(await execute("assert.schema", { data: 5, schema: true }), { pass: true });
    assert.deepEqual(await execute("assert.schema", { data: null, schema: { type: "null" } }), {
      pass: true,
    });
  });

  const violations: [string, Json, Json, RegExp][] = [
    ["missing", {}, person, /^\/name: is required$/],
    ["type", { name: 5 }, person, /^\/name: must be string$/],
    ["pattern", { name: "ada" }, person, /^\/name: must match pattern/],
    ["format", { name: "Ada", mail: "no" }, person, /^\/mail: must match format "email"$/],
    ["false", 1, false, /boolean schema is false/],
    ["two patterns are kept apart", { a: "y", b: "y" }, {
      properties: { a: { pattern: "y" }, b: { pattern: "z" } },
    }, /^\/b: must match/],
    ["2020-12 tuples", [1, "x"], { prefixItems: [{}, { type: "number" }] }, /^\/1: must be/],
    ["draft-07 tuples", [1, "x"], {
      $schema: "http://json-schema.org/draft-07/schema#",
      items: [{}, { type: "number" }],
    }, /^\/1: must be number/],
    ["2019-09 recursion", { n: { n: 5 } }, {
      $schema: "https://json-schema.org/draft/2019-09/schema",
      $recursiveAnchor: true,
      type: "object",
      properties: { n: { $recursiveRef: "#" } },
    }, /^\/n\/n: must be object/],
    ["own $ref", { a: 1 }, {
      $defs: { t: { type: "string" } },
      properties: { a: { $ref: "#/$defs/t" } },
    }, /^\/a: must be string/],
  ];
  for (const [name, data, schema, violation] of violations) {
    test(name, async () => {
      const error = await failureOf("assert.schema", { data, schema });
      assert.equal(error.code, "ASSERTION_FAILED", error.message);
      const [found] = error.details!.violations as string[];
      assert.match(found!, violation);
    });
  }

  const unusable: [string, Json][] = [
    ["a bad keyword value", { type: "strin" }],
    ["a reference to a file", { $ref: "file:///etc/passwd" }],
    ["a reference to the network", { $ref: "http://127.0.0.1:1/schema.json" }],
    ["another dialect", { $schema: "http://json-schema.org/draft-04/schema#" }],
    ["a look-ahead", { pattern: "a(?=b)" }],
    ["ajv's own $async", { $async: true, type: "string" }],
    ["a text", "object"],
    ["null", null],
  ];
  for (const [name, schema] of unusable) {
    test(`${name} is no usable schema`, async () => {
      const error = await failureOf("assert.schema", { data: {}, schema });
      assert.equal(error.code, "VALIDATION_ERROR", error.message);
      assert.match(error.message, /params\.schema/);
    });
  }

  test("what is no schema is VALIDATION_ERROR, and any value can be checked", async () => {
    const refused = await failureOf("assert.schema", { data: {}, schema: { type: "strin" } });
    assert.equal(refused.code, "VALIDATION_ERROR");
    for (const data of [null, 5, "x", true, [1]] as Json[]) {
      await execute("assert.schema", { data, schema: {} });
    }
  });

  test("no reference is read from disk, whatever is there", async (t) => {
    const file = join(scratch(t), "schema.json");
    writeFileSync(file, JSON.stringify({ type: "string" }));
    for (const $ref of [`file://${file}`, file, pathToFileURL(file).href]) {
      const error = await failureOf("assert.schema", { data: "x", schema: { $ref } });
      assert.equal(error.code, "VALIDATION_ERROR");
      assert.doesNotMatch(error.message, /string/);
    }
  });

  test("one $id may name two schemas", async () => {
    const named = (type: string) => ({ $id: "https://example.org/s", type });
    await execute("assert.schema", { data: "x", schema: named("string") });
    await execute("assert.schema", { data: 5, schema: named("number") });
    assert.equal(
      (await failureOf("assert.schema", { data: 5, schema: named("string") })).code,
      "ASSERTION_FAILED",
    );
  });

  test("a schema cannot take the place of its own draft", async () => {
    const schema = { $id: "https://json-schema.org/draft/2020-12/schema", type: "string" };
    await failureOf("assert.schema", { data: 5, schema });
    await execute("assert.schema", { data: "x", schema: { type: "string", $comment: "after" } });
    await failureOf("assert.schema", { data: 5, schema: { type: "strin", $comment: "after" } });
  });

  test("a long pattern on a long text is too much work, and says so", async () => {
    const schema = { pattern: `(${Array.from({ length: 300 }, (_, i) => `a*${i}`).join("|")})$` };
    const error = await failureOf("assert.schema", { data: "a".repeat(1_000_000), schema });
    assert.equal(error.code, "ASSERTION_FAILED");
    assert.match(error.message, /cannot be checked in \d+ steps/);
  });

  test("more schemas than are kept still all work", async () => {
    for (let i = 0; i < 300; i++) {
      await execute("assert.schema", { data: i, schema: { const: i } });
    }
    await execute("assert.schema", { data: 0, schema: { const: 0 } });
  });
});
