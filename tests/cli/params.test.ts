// Which value a `--param` has, by what the template asks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { takenParams, typedParams } from "../../cli/params.ts";

const SCHEMA = {
  type: "object",
  properties: {
    text: { type: "string" },
    n: { type: "number" },
    i: { type: "integer" },
    on: { type: "boolean" },
    list: { type: "array" },
    maybe: { type: ["string", "null"] },
    free: {},
  },
  required: ["text"],
};

test("the type of the schema decides", () => {
  const given = { text: "5", n: "5", i: "-2", on: "true", list: "[1]", maybe: "null", free: "1.5" };
  assert.deepEqual(typedParams(given, SCHEMA), {
    text: "5",
    n: 5,
    i: -2,
    on: true,
    list: [1],
    maybe: null,
    free: 1.5,
  });
});

test("text where the schema allows it; otherwise the type is named", () => {
  assert.deepEqual(typedParams({ maybe: "7", free: "some words" }, SCHEMA), {
    maybe: "7",
    free: "some words",
  });
  for (const [name, text] of [["n", "five"], ["i", "1.5"], ["on", "1"], ["list", "{}"]] as const) {
    assert.throws(() => typedParams({ [name]: text }, SCHEMA), {
      name: "UsageError",
      message: new RegExp(`^--param ${name}: must be of type \\w+, got "${text}"$`),
    });
  }
});

test("without a schema: JSON when it is JSON, else text", () => {
  const given = { a: "1", b: "null", c: '{"d":[]}', e: "x=1" };
  for (const schema of [undefined, true, {}, { properties: 3 }]) {
    assert.deepEqual(typedParams(given, schema), { a: 1, b: null, c: { d: [] }, e: "x=1" });
  }
});

test("what a template takes is said with types, required ones as such", () => {
  assert.equal(
    takenParams({ properties: { a: { type: "string" }, b: {} }, required: ["a"] }),
    "--param a=… (string, required), --param b=…",
  );
  assert.equal(takenParams({ type: "object" }), undefined);
});
