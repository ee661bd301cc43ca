// Which params a template can mean.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { unknownParamOf } from "../../../engine/definition/unknown-params.ts";

const reading = (message: string, inputs: JsonObject = { path: "", depth: 3 }): JsonObject => ({
  inputs,
  steps: [{ id: "a", action: "workflow.log", params: { message } }],
});
const jq = (filter: string) => ({ id: "j", action: "jq.transform", params: { filter } });
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
  assert.match(cut!, /^it takes name0x, .*name19x, …$/);
});

test("any is taken where all are read, or the schema allows others", () => {
  const free: [JsonObject, JsonObject | null][] = [
    [reading("${{inputs}}"), null],
    [reading("${{inputs}}", {}), null],
    [reading("${{inputs[steps.a.output.name]}}"), null],
    [{ inputs: { path: "" }, steps: [jq(". | .inputs | keys")] }, null],
    [{ inputs: { path: "" }, steps: [jq(".inputs as $i | $i.other")] }, null],
    [{ inputs: { path: "" }, steps: [jq('"\\(.inputs | keys)"')] }, null],
    [reading("${{inputs.exists(k, k == 'other')}}"), null],
    [reading("x ${{[inputs]}}"), null],
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

test("only a whole name is read, in whatever way it is written", () => {
  const pages = { inputs: { pages: 1 }, steps: [{ id: "a", condition: "inputs.pages > 1" }] };
  for (const name of ["p", "pa", "page", "pagess", "ages"]) {
    assert.equal(names(pages)(name), name);
    assert.equal(names(reading("${{inputs.pages}}"))(name), name);
  }
  const amount = { properties: { amount: { type: "integer" } } };
  assert.equal(names(reading("${{inputs.amount}}", {}), amount)("amount", "amoun"), "amoun");
  const read: [name: string, definition: JsonObject][] = [
    ["page-size", reading("${{inputs.page-size}}")],
    ["x", reading("${{'}}' + inputs.x}}")],
    ["a.b", reading("${{inputs.a.b}}")],
    ["x", reading("${{inputs.?x.orValue(1)}}")],
    ["x", reading("${{has(inputs.x) ? 1 : 2}}")],
    ["x", reading("${{'x' in inputs ? 1 : 2}}")],
    ["x", { inputs: { path: "${{inputs.x}}" }, steps: [] }],
    ["x", { inputs: { path: "" }, steps: [{ id: "l", config: { over: "inputs.x" } }] }],
    ["x", { inputs: { path: "" }, steps: [jq('.inputs."x"')] }],
    ["x", { inputs: { path: "" }, steps: [jq('"a\\(.inputs.x)b"')] }],
    ["x", {
      inputs: { path: "" },
      steps: [{ id: "e", action: "expr.eval", params: { expression: "x?.y > inputs?.path" } }],
    }],
  ];
  for (const [name, definition] of read) {
    const unknown = names(definition);
    assert.equal(unknown(name), undefined, JSON.stringify(definition));
    assert.equal(unknown(`${name}z`), `${name}z`, JSON.stringify(definition));
  }
});

test("what only speaks of inputs reads none", () => {
  const texts = ["all inputs are kept", "inputs.other", "${{steps.inputs.output}} ${{'inputs'}}"];
  for (const text of texts) assert.equal(names(reading(text))("other"), "other", text);
});

test("the definition is searched once, however many runs give what it reads and does not declare", () => {
  let searched = 0;
  const definition = reading("");
  Object.defineProperty((definition.steps as JsonObject[])[0]!, "params", {
    enumerable: true,
    get: () => {
      searched++;
      return { message: "${{inputs.dir}}" };
    },
  });
  const unknown = unknownParamOf({ definition, inputSchema: null });
  assert.equal(unknown(["path"]), undefined);
  assert.equal(searched, 0);
  for (let run = 0; run < 5; run++) assert.equal(unknown(["dir"]), undefined);
  assert.equal(unknown(["colour"])!.name, "colour");
  assert.equal(searched, 1);
});

test("where nothing is declared it is told what is read, and that nobody can say what may be given", () => {
  const unknown = unknownParamOf({
    definition: reading("${{inputs.color}}", {}),
    inputSchema: null,
  });
  assert.equal(unknown(["color"]), undefined);
  assert.deepEqual(unknown(["color", "colour"]), {
    name: "colour",
    hint: 'did you mean "color"?',
    undeclared: true,
  });
  const none = unknownParamOf({ definition: reading("", {}), inputSchema: { properties: {} } });
  assert.deepEqual(none(["x"]), { name: "x", hint: undefined, undeclared: true });
});
