// Whether the fields of a run form are those of the schema, and their texts become the params that are meant.

import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOf, fieldsOf, paramsOf, textsOf, WHOLE } from "../../panel/params.ts";

const template = (input_schema: object | undefined, inputs?: object) => ({
  ...{ name: "t", version: "v1", agent_id: "a", created_at: "" },
  definition: { steps: [], ...(inputs && { inputs }) },
  ...(input_schema && { input_schema }),
});

const SCHEMA = {
  type: "object",
  required: ["city", "days", "units", "list"],
  properties: {
    city: { type: "string", description: "Where", minLength: 2 },
    days: { type: "integer", minimum: 1, maximum: 14, default: 3 },
    units: { enum: ["metric", "imperial", 7] },
    alerts: { type: "boolean", default: false },
    list: { type: "array", minItems: 1 },
  },
};

test("each member is a field of its kind, and what has a default is not required", () => {
  const fields = fieldsOf(template(SCHEMA, { days: 5, extra: { a: 1 } }));
  const shown = fields.map((
    { name, kind, isRequired, initial },
  ) => [name, kind, isRequired, initial]);
  assert.deepEqual(shown, [
    ["city", "text", true, undefined],
    ["days", "number", false, "5"],
    ["units", "choice", true, undefined],
    ["alerts", "boolean", false, "false"],
    ["list", "json", true, undefined],
    ["extra", "json", false, `{"a":1}`],
  ]);
  assert.equal(fields[1]!.rule, "a whole number, at least 1, at most 14");
  assert.equal(fields[0]!.rule, "at least 2 characters");
  assert.equal(fields[4]!.rule, "JSON: array, at least 1 item");
  assert.deepEqual(fields[2]!.choices, [`"metric"`, `"imperial"`, "7"]);
});

test("texts become params, what is left empty is not given, and what is none is told at its field", () => {
  const fields = fieldsOf(template(SCHEMA));
  const texts = { city: "Ulm", days: "", units: "7", alerts: "true", list: "[1, 2]" };
  const { params, faults } = paramsOf(fields, texts);
  assert.deepEqual(params, { city: "Ulm", units: 7, alerts: true, list: [1, 2] });
  assert.deepEqual(faults, {});
  assert.deepEqual(paramsOf(fields, { ...texts, days: "x", list: "[" }).faults, {
    days: "must be a number",
    list: "must be JSON",
  });
  assert.deepEqual(textsOf(fields, params), {
    city: "Ulm",
    units: "7",
    alerts: "true",
    list: "[1,2]",
  });
});

test("integers keep all their digits", () => {
  const fields = fieldsOf(template({ properties: { n: { type: "integer" } } }));
  const { params } = paramsOf(fields, { n: "12345678901234567890" });
  assert.equal(JSON.stringify(params), `{"n":12345678901234567890}`);
  assert.deepEqual(textsOf(fields, params), { n: "12345678901234567890" });
});

test("a template that says nothing of its inputs takes one JSON object", () => {
  assert.deepEqual(fieldsOf(template(undefined)), []);
  assert.deepEqual(paramsOf([], { [WHOLE]: `{"a": 1}` }).params, { a: 1 });
  assert.deepEqual(paramsOf([], {}).params, {});
  assert.deepEqual(paramsOf([], { [WHOLE]: "[]" }).faults, { [WHOLE]: "must be a JSON object" });
});

test("a refusal is told at the fields that it is about, also of an input called as others begin", () => {
  const fields = fieldsOf(template({ properties: { a: {}, ab: {}, list: {} } }));
  const told = (message: string, details: object) =>
    faultsOf({ message, details: { ...details } }, fields);
  assert.deepEqual(
    told("params.a: is required", {
      path: "params.a",
      missing: ["a"],
      violations: ["/a: is required", "/list/0: must be integer"],
    }),
    { a: "is required", list: "list.0: must be integer" },
  );
  assert.deepEqual(told("params.ab: is no input", { path: "params.ab" }), { ab: "is no input" });
  assert.deepEqual(told("the store is full", {}), {});
});

test("a schema that is odd breaks nothing", () => {
  const odd = {
    required: "x",
    properties: { a: true, b: null, c: { type: ["string", "null"] }, d: { enum: [] } },
  };
  const kinds = fieldsOf(template(odd)).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["json", "json", "json", "json"]);
  assert.deepEqual(fieldsOf(template({ properties: [] })), []);
});

test("a field may have the name of what all objects have", () => {
  const names = ["constructor", "toString", "__proto__"];
  const properties = Object.fromEntries(names.map((name) => [name, { type: "number" }]));
  const fields = fieldsOf(template({ properties }));
  assert.deepEqual(fields.map(({ name }) => name), names);
  assert.deepEqual(paramsOf(fields, {}), { params: {}, faults: {} });
  const all = (text: string) => Object.fromEntries(names.map((name) => [name, text]));
  assert.deepEqual(Object.entries(paramsOf(fields, all("1")).params), names.map((n) => [n, 1]));
  const wrong = names.map((name) => [name, "must be a number"]);
  assert.deepEqual(Object.entries(paramsOf(fields, all("x")).faults), wrong);
  assert.deepEqual(
    Object.entries(faultsOf({ message: "", details: { missing: names } }, fields)),
    names.map((name) => [name, "is required"]),
  );
});
