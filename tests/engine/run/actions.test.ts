// What a run makes of its actions: params checked each time, errors kept whole, actions that are gone.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { openTestEngine, payloadsOf, statuses, until } from "../../support/test-engine.ts";

/** The only step of a run whose input `x` is this. */
async function stepWith(x: Json, action: string, params: JsonObject) {
  const engine = await openTestEngine();
  const retry = { max: 3 };
  const reply = await engine.run([{ id: "a", action, params, retry }], { params: { x } });
  const { steps } = await engine.opcode.status(reply.workflow_id);
  return {
    ...steps.a!,
    retries: await payloadsOf(engine, reply.workflow_id, "step_retry_attempt"),
  };
}

describe("params are checked with the values that tokens gave them, and never retried", () => {
  const x = "${{inputs.x}}";
  const cases: [string, JsonObject, RegExp][] = [
    ["crypto.hash", { data: x }, /^params\.data: is required; \$\{\{inputs\.x\}\} is null$/],
    [
      "crypto.hmac",
      { data: "d", key: x },
      /^params\.key: is required; \$\{\{inputs\.x\}\} is null$/,
    ],
    ["assert.contains", { haystack: x, needle: "n" }, /^params\.haystack: must be a text or/],
    [
      "assert.matches",
      { value: x, pattern: "" },
      /^params\.value: is required; \$\{\{inputs\.x\}\} is null$/,
    ],
    ["shell.exec", { command: x }, /^params\.command: is required; \$\{\{inputs\.x\}\} is null$/],
    [
      "workflow.context",
      { action: x },
      /^params\.action: is required; \$\{\{inputs\.x\}\} is null$/,
    ],
    [
      "workflow.emit",
      { event_type: x },
      /^params\.event_type: is required; \$\{\{inputs\.x\}\} is null$/,
    ],
    ["workflow.fail", { reason: x }, /^params\.reason: is required; \$\{\{inputs\.x\}\} is null$/],
    ["workflow.log", { message: x }, /^params\.message: is required; \$\{\{inputs\.x\}\} is null$/],
    [
      "workflow.notify",
      { message: x },
      /^params\.message: is required; \$\{\{inputs\.x\}\} is null$/,
    ],
    [
      "workflow.run",
      { template_name: x },
      /^params\.template_name: is required; \$\{\{inputs\.x\}\} is null$/,
    ],
  ];
  for (const [action, params, message] of cases) {
    test(`${action} refuses a null`, async () => {
      const step = await stepWith(null, action, params);
      assert.equal(step.error!.code, "VALIDATION_ERROR");
      assert.match(step.error!.message, message);
      assert.equal(step.attempt, 1);
      assert.deepEqual(step.retries, []);
    });
  }
});

describe("values take the type that a param has", () => {
  const hashOf = async (x: Json) => {
    const step = await stepWith(x, "crypto.hash", { data: "${{inputs.x}}", algorithm: "md5" });
    return (step.output as JsonObject).hash;
  };
  const cases: [Json, Json][] = [[200, "200"], [true, "true"], [{ a: [1] }, '{"a":[1]}']];
  for (const [value, text] of cases) {
    test(`${JSON.stringify(value)} for a text reads as ${text}`, async () => {
      assert.equal(await hashOf(value), await hashOf(text));
    });
  }
});

test("a failed step keeps its error's code, message and details", async () => {
  const step = await stepWith(1, "assert.equals", {
    expected: { n: 2 },
    actual: { n: "${{inputs.x}}" },
  });
  const { code, message, details } = step.error!;
  assert.equal(code, "ASSERTION_FAILED");
  assert.equal(message, 'the values are not equal: expected {"n":2}, got {"n":1}');
  assert.deepEqual(details, { expected: { n: 2 }, actual: { n: 1 } });
  assert.deepEqual(step.retries, []);
});

test("an action that is gone after a restart is ACTION_UNAVAILABLE, and not retried", async () => {
  const engine = await openTestEngine();
  const retry = { max: 3 };
  const { workflow_id } = await engine.run([
    { id: "a", action: "test.repeatable" },
    { id: "b", action: "test.echo", depends_on: ["a"], retry },
  ], { wait_ms: 0 });
  await engine.called("a");
  const next = await openTestEngine({
    store: engine.store.crash(),
    clock: engine.clock,
    without: ["test.echo"],
  });
  (await next.called("a")).resolve(1);
  const state = () => next.opcode.status(workflow_id);
  await until(async () => (await state()).status === "failed", "the end");
  assert.deepEqual(statuses(await state()), { a: "completed", b: "failed" });
  const { error, attempt } = (await state()).steps.b!;
  assert.equal(error!.code, "ACTION_UNAVAILABLE");
  assert.match(error!.message, /test\.echo/);
  assert.equal(attempt, 1);
});

test("data that is missing keeps its retryable code", async () => {
  const step = await stepWith({}, "crypto.hash", { data: "${{inputs.x.y}}" });
  assert.equal(step.error!.code, "INTERPOLATION_ERROR");
  assert.equal(step.attempt, 4);
});

test("inputs named like the scope's own keys hide none of them", async () => {
  const engine = await openTestEngine();
  const names = ["steps", "inputs", "workflow", "context"];
  const params = Object.fromEntries(names.map((name) => [name, "mine"]));
  const reply = await engine.run([
    { id: "a", action: "test.echo", params: { n: 1 } },
    {
      id: "b",
      action: "test.echo",
      depends_on: ["a"],
      params: {
        n: "${{steps.a.output.n}}",
        own: names.map((name) => `\${{inputs.${name}}}`),
      },
    },
  ], { params });
  const { n, own } = reply.output as JsonObject;
  assert.deepEqual([n, own], [1, ["mine", "mine", "mine", "mine"]]);
});

test("an update of the context merges keys, keeps the rest, and is seen by later steps", async () => {
  const engine = await openTestEngine();
  const update = (id: string, more: JsonObject, depends_on: string[] = []) => ({
    id,
    action: "workflow.context",
    params: { action: "update", ...more },
    depends_on,
  });
  const reply = await engine.run([
    update("a", { data: { x: 1, y: { z: 1 } }, agent_notes: "first" }),
    update("b", { data: { y: 2, w: 3 } }, ["a"]),
    {
      id: "seen",
      action: "test.echo",
      depends_on: ["b"],
      params: { sum: "${{context.x}}-${{context.y}}" },
    },
    { id: "row", action: "workflow.context", depends_on: ["seen"], params: { action: "read" } },
  ], { definition: { context: { intent: "to keep" } } });
  const { seen } = (await engine.opcode.status(reply.workflow_id)).steps;
  assert.deepEqual(seen!.output, { sum: "1-2" });
  const row = reply.output as JsonObject;
  assert.deepEqual(row.accumulated_data, { x: 1, y: 2, w: 3 });
  assert.deepEqual([row.original_intent, row.agent_notes], ["to keep", "first"]);
  assert.equal(row.workflow_id, reply.workflow_id);
});

test("a run reads the contexts of its children and of no other run", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [
    { id: "a", action: "workflow.context", params: { action: "update", data: { k: 1 } } },
  ]);
  const other = await engine.opcode.run({ template_name: "kid", agent_id: "test" });
  const read = (workflow_id: string): JsonObject => ({
    id: "read",
    action: "workflow.context",
    depends_on: ["sub"],
    params: { action: "read", workflow_id },
  });
  const sub = { id: "sub", action: "workflow.run", params: { template_name: "kid" } };
  const own = await engine.run([sub, read("${{steps.sub.output.workflow_id}}")]);
  assert.deepEqual((own.output as JsonObject).accumulated_data, { k: 1 });
  const foreign = await engine.run([sub, read(other.workflow_id)]);
  assert.equal(foreign.steps!.read!.error!.code, "PERMISSION_DENIED");
});

test("every action says what it takes and what it answers", () => {
  for (const { name, description, input, output } of builtinActions) {
    assert.equal(input.type, "object", name);
    assert.ok(description.length > 20, name);
    assert.ok(Object.keys(output).length > 0, name);
    const undescribed = Object.entries((input.properties ?? {}) as Record<string, JsonObject>)
      .filter(([, { description, type }]) => description === undefined && type === undefined);
    assert.deepEqual(undescribed, [], name);
  }
});
