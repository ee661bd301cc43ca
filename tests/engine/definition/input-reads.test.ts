// Whether a definition that reads inputs which a run may lack says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { checkDefinition, type Parts } from "../../../engine/definition/check.ts";
import { DEFAULT_LIMITS } from "../../../engine/limits.ts";
import { openTestEngine } from "../../support/test-engine.ts";
import { loop } from "./support.ts";

const registry = createRegistry(builtinActions);

async function warnings(parts: Parts): Promise<string[]> {
  const report = await checkDefinition(parts, { registry, limits: DEFAULT_LIMITS });
  assert.deepEqual(report.errors, []);
  return report.warnings.map(({ path, message }) => `${path}: ${message}`);
}

const log = (message: string, more: JsonObject = {}): JsonObject => ({
  id: "a",
  action: "workflow.log",
  params: { message },
  ...more,
});
const steps = (...steps: Json[]) => ({ steps });
const REST = { type: "object", required: ["must"] };

test("inputs that nothing declares are one warning with the schema to write", async () => {
  const definition = steps(
    log("${{inputs.foo}} ${{inputs.bar + 1}} ${{inputs.foo}}"),
    { ...log("x", { condition: "inputs.ok" }), id: "b" },
    { id: "c", action: "expr.eval", params: { expression: "inputs.n ?? 1" } },
    { id: "d", action: "jq.transform", params: { filter: ".inputs.m // 1" } },
    { ...log("${{has(inputs.o) ? inputs.o : 1}}"), id: "e" },
    { ...log("${{inputs.p}}", { condition: "has(inputs.p)" }), id: "f" },
  );
  const [told, ...others] = await warnings({ definition });
  assert.deepEqual(others, []);
  assert.equal(
    told,
    'input_schema: does not say that runs need "foo" (steps[0].params.message), ' +
      '"bar" (steps[0].params.message), "ok" (steps[1].condition), and one without them fails ' +
      'where they are read: write "input_schema": {"type": "object", "properties": ' +
      '{"foo": {}, "bar": {}, "ok": {}}, "required": ["foo", "bar", "ok"]}, or defaults in ' +
      '"inputs" of the definition',
  );
  const literal = JSON.parse(/"input_schema": (\{.*\}), or/.exec(told!)![1]!) as JsonObject;
  const declared = { definition: steps(...definition.steps.slice(0, 2)), input_schema: literal };
  assert.deepEqual(await warnings(declared), []);
  const inputs = { foo: 1, bar: 2, ok: true };
  assert.deepEqual(await warnings({ definition: { ...definition, inputs } }), []);
  assert.deepEqual(await warnings({ definition, input_schema: { type: "object" } }), []);
});

test("of many inputs ten are named", async () => {
  const all = Array.from({ length: 12 }, (_, i) => `\${{inputs.${"abcdefghijkl"[i]!.repeat(4)}}}`);
  const [told] = await warnings({ definition: steps(log(all.join(" "))) });
  assert.match(told!, /"jjjj" \(steps\[0\]\.params\.message\) and 2 more, and one/);
  assert.match(told!, /"jjjj": \{\}, …\}, "required": \[.*"jjjj", …\]/);
});

const TAG = { ...REST, properties: { tag: {}, must: {}, with: { default: 1 } } };
const UNSURE: [what: string, step: Json, schema: JsonObject, told: RegExp][] = [
  [
    "in a token",
    log("${{inputs.tag}}"),
    TAG,
    /^steps\[0\]\.params\.message: reads input "tag", which a run need not be given, and fails .*write "default" .*"required", or write \$\{\{has\(inputs\.tag\) \? inputs\.tag : 'other'\}\}$/,
  ],
  ["in an expression", log("${{inputs.tag + 'x'}}"), TAG, /, or write has\(inputs\.tag\) \? inp/],
  [
    "in a condition",
    log("x", { condition: "inputs.tag == 'x'" }),
    TAG,
    /^steps\[0\]\.condition: .*, or ask first: has\(inputs\.tag\) && …$/,
  ],
  ["in a loop", loop("l", log("${{inputs.tag}}")), TAG, /^steps\[0\]\.config\.body\[0\]\.params/],
  [
    "below an object",
    log("${{inputs.user.name}}"),
    { type: "object", required: ["user"], properties: { user: { properties: { name: {} } } } },
    /reads input "user\.name", .*: list it in "required" there, or write \$\{\{has\(inputs\.user\./,
  ],
];
for (const [what, step, input_schema, rule] of UNSURE) {
  test(`an input that need not be given is a warning: ${what}`, async () => {
    const [told, ...others] = await warnings({ definition: steps(step), input_schema });
    assert.match(told ?? "", rule);
    assert.deepEqual(others, []);
  });
}

test("it is told once, and the advice of it is true", async () => {
  const twice = steps(log("${{inputs.tag}}"), { ...log("${{inputs.tag}}"), id: "b" });
  assert.equal((await warnings({ definition: twice, input_schema: TAG })).length, 1);
  const { opcode } = await openTestEngine();
  const run = async (name: string, definition: JsonObject, params: JsonObject = {}) => {
    const template = { name, agent_id: "a", definition, input_schema: { properties: { tag: {} } } };
    await opcode.define(template);
    const { status } = await opcode.run({ template_name: name, agent_id: "a", params });
    return status;
  };
  const echo = (text: string, more: JsonObject = {}) =>
    steps({ id: "a", action: "test.echo", params: { text }, ...more });
  assert.equal(await run("bare", echo("${{inputs.tag}}")), "failed");
  assert.equal(await run("asked", echo("${{has(inputs.tag) ? inputs.tag : 'x'}}")), "completed");
  const guard = { condition: "has(inputs.tag) && inputs.tag == 'x'" };
  assert.equal(await run("guarded", echo("${{inputs.tag}}", guard)), "completed");
});

const SURE: [what: string, step: Json, schema?: JsonObject][] = [
  ["what is required", log("${{inputs.must}}")],
  ["what has a default", log("${{inputs.with}}")],
  ["what is asked for", log("${{has(inputs.tag) ? inputs.tag : 'x'}}")],
  ["what is looked for", log("${{'tag' in inputs ? inputs.tag : 'x'}}")],
  ["a condition that asks", log("${{inputs.tag}}", { condition: "has(inputs.tag)" })],
  ["one that looks", log("${{inputs.tag}}", { condition: "'tag' in inputs" })],
  [
    "a condition around it",
    {
      id: "c",
      type: "condition",
      config: { expression: "has(inputs.tag)", branches: { true: [log("${{inputs.tag}}")] } },
    },
  ],
  [
    "a program",
    { id: "a", action: "expr.eval", params: { expression: "inputs.tag ?? tag" } },
  ],
  ["a schema that may say more", log("${{inputs.tag}}"), {
    ...TAG,
    anyOf: [{ required: ["tag"] }],
  }],
  ["a field of a list", log("${{inputs.must[0].x}}")],
];
for (const [what, step, input_schema = TAG] of SURE) {
  test(`no warning: ${what}`, async () => {
    assert.deepEqual(await warnings({ definition: steps(step), input_schema }), []);
  });
}

test("what triggers give is given", async () => {
  const hook = { name: "in", verify: "none" };
  const body = steps(log("${{inputs.body.x}} ${{inputs.query.y}}"));
  assert.deepEqual(await warnings({ definition: body, triggers: { webhook: [hook] } }), []);
  const mapped = { webhook: [{ ...hook, map: "{n: .body.n}" }] };
  const expression = { id: "b", action: "expr.eval", params: { expression: "n + 1" } };
  const made = steps(log("${{inputs.n}}"), expression);
  assert.deepEqual(await warnings({ definition: made, triggers: mapped }), []);
  const cron = { cron: [{ name: "c", expression: "0 0 * * *", params: { n: 1 } }] };
  assert.deepEqual(await warnings({ definition: made, triggers: cron }), []);
  assert.equal((await warnings({ definition: made })).length, 2);
});
