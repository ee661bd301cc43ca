// Whether a program of expr.eval or jq.transform that uses a name which is not there says so when it is defined.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { checkDefinition, type Parts } from "../../../engine/definition/check.ts";
import { DEFAULT_LIMITS } from "../../../engine/limits.ts";
import { loop } from "./support.ts";

const registry = createRegistry(builtinActions);

async function warnings(parts: Parts): Promise<string[]> {
  const report = await checkDefinition(parts, { registry, limits: DEFAULT_LIMITS });
  assert.deepEqual(report.errors, []);
  return report.warnings.map(({ path, message }) => `${path}: ${message}`);
}

const program = (expression: string, more: JsonObject = {}): JsonObject => ({
  id: "a",
  action: "expr.eval",
  depends_on: ["fetch"],
  params: { expression, ...more },
});

/** What is told of a program after a step `fetch`; a run is given an input `count`. */
async function told(step: JsonObject, inputs: JsonObject = { count: 1 }): Promise<string[]> {
  const steps: Json[] = [{ id: "fetch", action: "crypto.uuid" }, step];
  const found = await warnings({ definition: { inputs, steps } });
  return found.map((line) => line.replace(/^.*?(?:expression|filter): /, ""));
}

const UNKNOWN: [what: string, step: JsonObject, told: RegExp][] = [
  [
    "a slip",
    program("cuont + 1"),
    /^reads "cuont", which is nothing here, .*did you mean "count"\?$/,
  ],
  ["a variable's", program("input.count"), /did you mean "inputs"\?$/],
  ["of $env", program("$env.cuont"), /did you mean "count"\?$/],
  [
    "where it is compared",
    program("foo == 1 ? 'a' : 'b'"),
    /^reads "foo", .*declare it in input_sc/,
  ],
  ["a text without quotes", program("count == 1 ? yes : 'no'"), /reads "yes", .*text in quotes$/],
  ["behind a let", program("let x = 1; x + foo"), /^reads "foo"/],
  ["in a predicate", program("filter([1], # > foo)"), /^reads "foo"/],
  ["a step's id", program("fetch.uuid"), /; what the step gave is steps\.fetch\.output\.uuid$/],
  ["data that is not given", program("filter(data, # > 2)"), /^reads "data", which is nil: write/],
  [
    "of data",
    program("map(data.itmes, .price)", { data: { items: [] } }),
    /^reads "itmes" of data, which has no such member; did you mean "items"\?$/,
  ],
  ["a loop that is not there", program("loop"), /reads "loop", .*no loop is around the step$/],
  [
    "of data, in jq",
    { id: "a", action: "jq.transform", params: { filter: ".fo", data: { foo: 1 } } },
    /^reads "fo" of data, which has no such member; did you mean "foo"\?$/,
  ],
  [
    "of data, even with another value",
    { id: "a", action: "jq.transform", params: { filter: ".nope // 3", data: { foo: 1 } } },
    /^reads "nope" of data, which has no such member; there are foo$/,
  ],
];
for (const [what, step, rule] of UNKNOWN) {
  test(`a name that is not there is a warning: ${what}`, async () => {
    const [found, ...others] = await told(step);
    assert.match(found ?? "", rule);
    assert.deepEqual(others, []);
  });
}

const KNOWN: JsonObject[] = [
  program("count + inputs.count"),
  program("workflow_id + step_id + agent_id + workflow.name"),
  program("context.x ?? 1"),
  program("let x = 1; x + x"),
  program("reduce([1], #acc + #, 0) + len(filter([{a: 1}], .a > 0))"),
  program("limit ?? 10"),
  program("limit == nil ? 10 : limit"),
  program("limit?.most"),
  program("data.x + data['y']", { data: { x: 1, y: 2 } }),
  program("data.x", { data: "${{steps.fetch.output}}" }),
  program("data.x", { data: { "${{inputs.count}}": 1 } }),
  program("data?.z ?? 1", { data: { x: 1, y: 2 } }),
  loop("l", { ...program("loop.index + iter.index"), depends_on: [] }),
  loop("l", { ...program("loop"), depends_on: [] }),
  { id: "a", action: "jq.transform", params: { filter: ".foo | map(.id)", data: { foo: [] } } },
];
for (const step of KNOWN) {
  const { expression, filter } = (step.params ?? {}) as JsonObject;
  test(`no warning: ${expression ?? filter ?? "in a loop"}`, async () => {
    assert.deepEqual(await told(step), []);
  });
}

test("where input_schema says which inputs there are, a name that is asked for must be one", async () => {
  const definition = { steps: [{ ...program("limit ?? 10"), depends_on: [] }] };
  const schema = (more: JsonObject) => ({
    type: "object",
    properties: { count: { default: 1 }, ...more },
  });
  const [found] = await warnings({ definition, input_schema: schema({}) });
  assert.match(found!, /reads "limit", which is nothing here/);
  assert.deepEqual(await warnings({ definition, input_schema: schema({ limit: {} }) }), []);
  const open = { ...schema({}), additionalProperties: true };
  assert.deepEqual(await warnings({ definition, input_schema: open }), []);
});
