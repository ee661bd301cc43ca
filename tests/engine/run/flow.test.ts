// What order steps run in, what they see of each other, and what a run's output is.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { eventsOf, openTestEngine, payloadsOf, statuses } from "../../support/test-engine.ts";

const echo = (id: string, params = {}, more = {}) => ({ id, action: "test.echo", params, ...more });

test("a chain runs in order and is one story in the log", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    echo("c", { n: "${{steps.b.output.n}}" }, { depends_on: ["b"] }),
    echo("a", { n: 1 }),
    echo("b", { n: "${{steps.a.output.n}}" }, { depends_on: ["a"] }),
  ]);
  assert.equal(reply.status, "completed");
  assert.deepEqual(reply.output, { n: 1 });
  assert.deepEqual(await eventsOf(engine, reply.workflow_id), [
    "workflow_started",
    "step_started a",
    "step_completed a",
    "step_started b",
    "step_completed b",
    "step_started c",
    "step_completed c",
    "workflow_completed",
  ]);
});

test("a step starts when its own dependencies are done, whatever else still runs", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    { id: "slow", action: "test.external" },
    { id: "quick", action: "test.external" },
    { id: "after", action: "test.external", depends_on: ["quick"] },
    echo("join", {}, { depends_on: ["slow", "after"] }),
  ]);
  (await engine.called("quick")).resolve(1);
  (await engine.called("after")).resolve(2);
  assert.ok(engine.open.some((call) => call.stepId === "slow"));
  (await engine.called("slow")).resolve(3);
  assert.equal((await running).status, "completed");
});

describe("where a fallback stood in for a last step, the output is the fallback's", () => {
  const on_error = (to: string) => ({ strategy: "fallback_step", fallback_step: to });
  const failing = (id: string, to: string) => ({
    id,
    action: "test.fail",
    on_error: on_error(to),
  });
  const named = (id: string, more = {}) => echo(id, { from: id }, more);
  const cases: Record<string, { steps: JsonObject[]; output: Json }> = {
    "of one last step": { steps: [failing("a", "b"), named("b")], output: { from: "b" } },
    "at the end of a chain": {
      steps: [failing("a", "b"), failing("b", "c"), named("c")],
      output: { from: "c" },
    },
    "under its own id of several": {
      steps: [failing("a", "b"), named("b"), named("z")],
      output: { b: { from: "b" }, z: { from: "z" } },
    },
    "once where it stood in for two": {
      steps: [failing("a", "c"), failing("b", "c"), named("c"), named("z")],
      output: { c: { from: "c" }, z: { from: "z" } },
    },
    "not where the step did not fail": {
      steps: [named("a", { on_error: on_error("b") }), named("b")],
      output: { from: "a" },
    },
  };
  for (const [what, { steps, output }] of Object.entries(cases)) {
    test(what, async () => {
      const engine = await openTestEngine();
      const run = await engine.run(steps);
      assert.equal(run.status, "completed");
      assert.deepEqual(run.output, output);
      await engine.define("child", steps);
      const call = { id: "call", action: "workflow.run", params: { template_name: "child" } };
      const parent = await engine.run([call]);
      assert.deepEqual(parent.output, output, "and so a parent has it");
    });
  }
});

test("output has the plan's shape: one sink's output, or a member for each of several", async () => {
  const engine = await openTestEngine();
  const skipped = { condition: "false" };
  const one = await engine.run([echo("a", { x: 1 })]);
  assert.deepEqual(one.output, { x: 1 });
  const none = await engine.run([echo("a", { x: 1 }, skipped)]);
  assert.equal(none.output, null);
  const several = await engine.run([echo("a", { x: 1 }), echo("b", { x: 2 }, skipped)]);
  assert.deepEqual(several.output, { a: { x: 1 }, b: null });
});

test("a guard that is false skips its step, and dependents go on with null", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    echo("a", { n: 1 }, { condition: "${{ inputs.go == true }}" }),
    echo("b", { of: "${{steps.a.output.n}}", was: "${{steps.a.status}}" }, { depends_on: ["a"] }),
  ], { params: { go: false } });
  assert.deepEqual(statuses(reply), { a: "skipped", b: "completed" });
  assert.deepEqual(reply.output, { of: null, was: "skipped" });
  const [payload] = await payloadsOf(engine, reply.workflow_id, "step_skipped");
  assert.equal(payload!.reason, "condition_false");
});

test("a guard that is no boolean, or fails, fails its step", async () => {
  const engine = await openTestEngine();
  for (const condition of ["size([1])", "inputs.missing.deeper == 1"]) {
    const reply = await engine.run([echo("a", {}, { condition })]);
    assert.equal(reply.status, "failed", condition);
    assert.equal(reply.steps!.a!.error!.code, "EXECUTION_ERROR", condition);
  }
});

test("params keep their types, and data is never scanned again", async () => {
  const engine = await openTestEngine();
  const evil = '","x":"${{secrets.T}} ${{inputs.n}}';
  const reply = await engine.run([
    echo("a", {
      list: "${{inputs.list}}",
      n: "${{inputs.n}}",
      text: "n=${{inputs.n}}",
      evil: "${{inputs.evil}}",
    }),
    echo("b", { evil: "${{steps.a.output.evil}}" }, { depends_on: ["a"] }),
  ], { params: { list: [1, { a: null }], n: 1234567, evil } });
  assert.deepEqual(reply.steps!.a!.output, {
    list: [1, { a: null }],
    n: 1234567,
    text: "n=1234567",
    evil,
  });
  assert.deepEqual(reply.output, { evil });
});

test("inputs are schema defaults under definition inputs under params; tokens only in defaults", async () => {
  const engine = await openTestEngine();
  const more = {
    definition: {
      inputs: { who: "${{context.name}}", level: 2, kept: "d" },
      context: { name: "ada" },
    },
    template: {
      input_schema: {
        type: "object",
        properties: { level: { type: "integer" }, size: { type: "integer", default: 7 } },
        required: ["level"],
      },
    },
  };
  const step = echo("a", {
    who: "${{inputs.who}}",
    level: "${{inputs.level}}",
    size: "${{inputs.size}}",
    raw: "${{inputs.raw}}",
  });
  const reply = await engine.run([step], {
    ...more,
    params: { level: 3, raw: "${{context.name}}" },
  });
  assert.deepEqual(reply.output, { who: "ada", level: 3, size: 7, raw: "${{context.name}}" });
  await assert.rejects(
    engine.run([step], { ...more, params: { level: "high" } }),
    (error: OpcodeError) => error.code === "VALIDATION_ERROR" && /level/.test(error.message),
  );
});

test("an output that the output_schema refuses fails the run", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([echo("a", { n: "x" })], {
    template: { output_schema: { type: "object", properties: { n: { type: "integer" } } } },
  });
  assert.equal(reply.status, "failed");
  assert.equal(reply.error!.code, "VALIDATION_ERROR");
});

test("a secret without a vault is VAULT_ERROR and is not retried", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    echo("a", { key: "${{secrets.KEY}}" }, { retry: { max: 3 } }),
  ]);
  assert.equal(reply.steps!.a!.error!.code, "VAULT_ERROR");
  assert.match(reply.steps!.a!.error!.message, /^secrets\.KEY: the vault is locked/);
  assert.ok(!(await eventsOf(engine, reply.workflow_id)).includes("step_retrying a"));
});

test("of a definition that is not valid no run is created", async () => {
  const engine = await openTestEngine();
  await assert.rejects(
    engine.run([{ id: "pause", type: "wait", config: { duration: "soon" } }]),
    (error: OpcodeError) => error.code === "VALIDATION_ERROR" && /duration/.test(error.message),
  );
  await assert.rejects(
    engine.opcode.run({ template_name: "w", agent_id: "test" }),
    (error: OpcodeError) => error.code === "NOT_FOUND",
  );
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.deepEqual(rows, []);
});

test("a thousand steps in a chain and side by side complete", async () => {
  const engine = await openTestEngine();
  const chain = Array.from(
    { length: 1_000 },
    (_, i) => echo(`s${i}`, { n: i }, i > 0 ? { depends_on: [`s${i - 1}`] } : {}),
  );
  const reply = await engine.run(chain);
  assert.deepEqual(reply.output, { n: 999 });
  const wide = await engine.run(chain.map(({ id, action }) => ({ id, action })));
  assert.equal(wide.status, "completed");
  assert.equal(Object.keys(wide.steps!).length, 1_000);
});

test("params that the input_schema refuses are named as the caller wrote them", async () => {
  const engine = await openTestEngine();
  const input_schema = {
    type: "object",
    properties: {
      server: { type: "object", properties: { port: { type: "integer" } } },
      "a/b": {},
    },
    required: ["server", "a/b"],
  };
  const messages: string[] = [];
  const missing: (Json | undefined)[] = [];
  const wrong: JsonObject[] = [
    {},
    { "a/b": 1 },
    { server: { port: "x" }, "a/b": 1 },
    { server: { port: "x" } },
  ];
  for (const params of wrong) {
    await engine.run([echo("a")], { template: { input_schema }, params })
      .catch(({ message, details }: OpcodeError) => {
        messages.push(message);
        missing.push(details?.missing);
      });
  }
  assert.deepEqual(messages, [
    "params.server, params.a/b: are required",
    "params.server: is required",
    "params.server.port: must be integer",
    "params.a/b: is required",
  ]);
  assert.deepEqual(missing, [["server", "a/b"], ["server"], undefined, ["a/b"]]);
});

test("a workflow.fail is no last step: where a run completes, it was skipped", async () => {
  const guard = (id: string, ...depends_on: string[]) => ({
    id,
    action: "workflow.fail",
    params: { reason: "no" },
    condition: "inputs.bad",
    depends_on,
  });
  const cases: [JsonObject[], Json][] = [
    [[echo("a", { x: 1 }), guard("g", "a")], { x: 1 }],
    [[echo("a", { x: 1 }), guard("g", "a"), guard("h", "g")], { x: 1 }],
    [[echo("a", { x: 1 }), guard("g", "a"), echo("b", { x: 2 }, { depends_on: ["g"] })], { x: 2 }],
    [[echo("a", { x: 1 }), echo("b", { x: 2 }), guard("g", "a")], { a: { x: 1 }, b: { x: 2 } }],
    [[guard("g")], null],
  ];
  for (const [steps, output] of cases) {
    const engine = await openTestEngine();
    const definition = { inputs: { bad: false } };
    const reply = await engine.run(steps, { definition });
    assert.equal(reply.status, "completed");
    assert.deepEqual(reply.output, output);
    assert.equal((await engine.run(steps, { definition, params: { bad: true } })).status, "failed");
  }
});

test("a param that nothing can mean starts no run, and no child", async () => {
  const engine = await openTestEngine();
  const steps = [echo("a", { x: "${{inputs.x}}" })];
  const message = 'params.X: is no input of template "w" (did you mean "x"?)';
  await assert.rejects(engine.run(steps, { definition: { inputs: { x: 1 } }, params: { X: 5 } }), {
    message,
  });
  assert.deepEqual((await engine.opcode.query({ resource: "workflows" })).rows, []);
  await engine.define("child", steps, { definition: { inputs: { x: 1 } } });
  const parent = await engine.run([{
    id: "call",
    action: "workflow.run",
    params: { template_name: "child", params: { X: 5 } },
  }]);
  assert.equal(parent.steps!.call!.error!.code, "VALIDATION_ERROR");
  assert.match(parent.steps!.call!.error!.message, /params\.X: is no input of template "child"/);
});

test("a param that is missing because its token is null says so, and why", async () => {
  const needs = (token: string) => ({
    id: "log",
    action: "workflow.log",
    params: { message: token },
    depends_on: ["get"],
  });
  const cases: [JsonObject, string, string][] = [
    [
      echo("get", { x: 1 }, { condition: "false" }),
      "${{steps.get.output.x}}",
      'params.message: is required; ${{steps.get.output.x}} is null: step "get" was skipped',
    ],
    [
      { id: "get", action: "test.fail", on_error: { strategy: "ignore" } },
      "${{steps.get.output}}",
      'params.message: is required; ${{steps.get.output}} is null: step "get" was skipped',
    ],
    [
      echo("get", { x: null }),
      "${{steps.get.output.x}}",
      "params.message: is required; ${{steps.get.output.x}} is null",
    ],
    [
      echo("get", { x: 1 }),
      "${{steps.get.output.x == 1 ? null : 'y'}}",
      "params.message: is required; ${{steps.get.output.x == 1 ? null : 'y'}} is null",
    ],
  ];
  for (const [get, token, message] of cases) {
    const engine = await openTestEngine();
    const { steps } = await engine.run([get, needs(token)]);
    assert.equal(steps!.log!.error!.message, message);
  }
});
