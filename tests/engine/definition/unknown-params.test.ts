// Which params a template can mean.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { unknownParamOf } from "../../../engine/definition/unknown-params.ts";

const reading = (message: string, inputs: JsonObject = { path: "", depth: 3 }): JsonObject => ({
  inputs,
  steps: [{ id: "a", action: "workflow.log", params: { message } }],
});
const names =
  (definition: JsonObject, inputSchema: JsonObject | null = null) => (...given: string[]) =>
    unknownParamOf({ definition, inputSchema })(given)?.name;

test("the first that is no default, not in the schema, and read by nothing", () => {
  const unknown = names(reading("${{inputs.dir}} ${{inputs['a b'] + inputs[\"c\"]}}"), {
    properties: { mode: {} },
  });
  assert.equal(unknown("path", "depth", "mode", "dir", "a b", "c"), undefined);
  assert.equal(unknown("path", "pth", "colour"), "pth");
  assert.equal(unknown("constructor"), "constructor");
});

test("it says which was meant, or which there are", () => {
  const hint = (name: string) =>
    unknownParamOf({ definition: reading(""), inputSchema: null })([name])?.hint;
  assert.equal(hint("Path"), 'did you mean "path"?');
  assert.equal(hint("colour"), "it takes path, depth");
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`name${i}x`, 0]));
  const { hint: cut } = unknownParamOf({
    definition: reading("", many),
    inputSchema: null,
  })(["colour"])!;
  assert.match(cut, /^it takes name0x, .*name19x, …$/);
});

test("any is taken where nothing is declared, all are read, or the schema allows others", () => {
  const free: [JsonObject, JsonObject | null][] = [
    [{ steps: [] }, null],
    [reading("${{inputs}}"), null],
    [reading("${{inputs[steps.a.output.name]}}"), null],
    [reading(". | .inputs | keys"), null],
    [reading(""), { type: "object" }],
    [reading(""), { properties: {}, additionalProperties: { type: "string" } }],
    [reading(""), { properties: {}, patternProperties: { "^x-": {} } }],
    [reading(""), { properties: {}, allOf: [{ properties: { other: {} } }] }],
  ];
  for (const [definition, schema] of free) {
    assert.equal(
      names(definition, schema)("other"),
      undefined,
      JSON.stringify([definition, schema]),
    );
  }
});

test("the definition is written out once, however many runs give what it reads and does not declare", () => {
  let written = 0;
  const definition = reading("");
  (definition.steps as JsonObject[])[0]!.toJSON = (() => {
    written++;
    return { message: "${{inputs.dir}}" };
  }) as unknown as JsonObject;
  const unknown = unknownParamOf({ definition, inputSchema: null });
  assert.equal(unknown(["path"]), undefined);
  assert.equal(written, 0);
  for (let run = 0; run < 5; run++) assert.equal(unknown(["dir"]), undefined);
  assert.equal(unknown(["colour"])!.name, "colour");
  assert.equal(written, 1);
});
