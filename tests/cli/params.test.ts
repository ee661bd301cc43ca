// Which value a `--param` has, by what the template asks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkNames, neededParams, takenParams, typedParams } from "../../cli/params.ts";

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

for (
  const text of [
    "1234e56",
    "1e3",
    "1.10",
    "1.0",
    "-0",
    "0.10",
    "1e400",
    "12345678901234567890123e0",
    " 5",
    "0.1000000000000000055511151231257827",
  ]
) {
  test(`text stays text where the number would be written otherwise: ${text}`, () => {
    assert.deepEqual(typedParams({ sha: text }, undefined), { sha: text });
    assert.deepEqual(typedParams({ sha: text }, { properties: { sha: {} } }), { sha: text });
    const either = { properties: { sha: { type: ["string", "number"] } } };
    assert.deepEqual(typedParams({ sha: text }, either), { sha: text });
  });
}

test("a number that is written as it was typed is one", () => {
  for (const text of ["0", "5", "-12", "1.5", "0.25", "9007199254740991", "1e+21"]) {
    assert.deepEqual(typedParams({ n: text }, undefined), { n: Number(text) });
  }
});

test("a long id loses no digit, as a number or as text", () => {
  for (const id of ["9007199254740993", "12345678901234567890"]) {
    for (const schema of [undefined, { properties: { id: { type: "string" } } }]) {
      assert.equal(String(typedParams({ id }, schema).id), id);
    }
  }
});

test("a schema that asks for a number gets it however it is written", () => {
  const schema = { properties: { n: { type: "number" }, i: { type: "integer" } } };
  assert.deepEqual(typedParams({ n: "1.10", i: "1e3" }, schema), { n: 1.1, i: 1000 });
  assert.throws(() => typedParams({ n: "1e400" }, schema), {
    message: '--param n: must be of type number, got "1e400"',
  });
});

const ONLY_TEXT: Record<string, object> = {
  enum: { enum: ["1", "1.10"] },
  const: { const: "5" },
  anyOf: { anyOf: [{ type: "string", pattern: "^v" }, { type: "string", maxLength: 3 }] },
  oneOf: { oneOf: [{ enum: ["5"] }, { const: "6" }] },
  allOf: { allOf: [{ minLength: 1 }, { type: "string" }] },
  $ref: { $ref: "#/$defs/id" },
};
for (const [how, schema] of Object.entries(ONLY_TEXT)) {
  test(`a schema that asks for text gets it, whichever way it says so: ${how}`, () => {
    const root = { properties: { id: schema }, $defs: { id: { type: "string" } } };
    assert.deepEqual(typedParams({ id: "5" }, root), { id: "5" });
    const rest = { additionalProperties: schema, $defs: root.$defs };
    assert.deepEqual(typedParams({ id: "true" }, rest), { id: "true" });
  });
}

test("a schema that allows anything, or points in circles, decides nothing", () => {
  const root = {
    properties: { a: { anyOf: [{ type: "string" }, {}] }, b: { $ref: "#/$defs/b" }, c: true },
    $defs: { b: { $ref: "#/$defs/b" } },
  };
  assert.deepEqual(typedParams({ a: "5", b: "5", c: "5" }, root), { a: 5, b: 5, c: 5 });
});

test("what a template takes is said with types, required ones as such", () => {
  assert.equal(
    takenParams({ properties: { a: { type: "string" }, b: {} }, required: ["a"] }),
    "--param a=… (string, required), --param b=…",
  );
  assert.equal(takenParams({ type: "object" }), undefined);
});

test("params that are missing are named once, and what else there is after them", () => {
  const properties = { a: { type: "string" }, b: {}, c: { type: "integer" } };
  const required = ["a", "c"];
  assert.equal(
    neededParams({ properties, required }, ["a", "c"]),
    "--param a=… (string), --param c=… (integer); --param b=… can be given",
  );
  assert.equal(neededParams({ required }, ["c"]), "--param c=…");
});

const TEMPLATE = {
  name: "checksum",
  input_schema: { type: "object", properties: { path: { type: "string" } } },
  definition: {
    inputs: { depth: 3 },
    steps: [{ id: "a", action: "fs.read", params: { path: "${{inputs.dir}}" } }],
  },
};

test("a name that the template does not have is refused, with the one that was meant", () => {
  assert.throws(() => checkNames(["pth"], TEMPLATE), {
    name: "UsageError",
    message: '--param pth: checksum has no such parameter (did you mean "path"?)',
  });
  assert.throws(() => checkNames(["path", "colour"], TEMPLATE), {
    message: "--param colour: checksum has no such parameter (it takes path, depth)",
  });
  assert.throws(() => checkNames(["constructor"], TEMPLATE), { name: "UsageError" });
});

test("names of the schema, of defaults and of what steps read are known; any, where they are allowed", () => {
  checkNames(["path", "depth", "dir"], TEMPLATE);
  const { input_schema } = TEMPLATE;
  checkNames(["anything"], { name: "free", definition: { steps: [] } });
  for (
    const schema of [
      true,
      { type: "object" },
      { ...input_schema, additionalProperties: true },
      { ...input_schema, additionalProperties: { type: "string" } },
      { ...input_schema, patternProperties: { "^x-": {} } },
    ]
  ) checkNames(["anything"], { ...TEMPLATE, input_schema: schema } as never);
});
