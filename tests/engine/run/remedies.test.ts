// What can be done about runs that really failed, and that it helps.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { remedyOf, stepOfFailure, topLevelOf } from "../../../core/remedy.ts";
import type { RunReply } from "../../../engine/api.ts";
import { openTestEngine, type RunMore } from "../../support/test-engine.ts";

const echo = (id: string, more = {}) => ({ id, action: "test.echo", params: {}, ...more });
const external = (id: string, more = {}) => ({ id, action: "test.external", ...more });
const loop = (config: JsonObject) => ({
  id: "l",
  type: "loop",
  config: { ...config, body: [echo("x")], max_iter: 2, fail_on_exhausted: true },
});

type Failure = [string, JsonObject[], JsonObject, RunMore?];

const INPUTS: RunMore = { definition: { inputs: { a: "x", list: [1] } } };

function guarded(source: string): Failure {
  const steps = [echo("a", { condition: source })];
  return [`the condition ${source}`, steps, { kind: "expression", source }, INPUTS];
}

function computed(action: string, param: string, source: string): Failure {
  const steps = [{ id: "a", action, params: { [param]: source } }];
  return [`${action} of ${source}`, steps, { kind: "expression", source }, INPUTS];
}

/** What each of these fails of is made by the engine, not by this test. */
const FAILURES: Failure[] = [
  [
    "a list longer than max_iter",
    [loop({ mode: "for_each", over: [1, 2, 3] })],
    { kind: "loop", most: 2, fixed: true },
  ],
  [
    "a condition that has not come true",
    [loop({ mode: "until", condition: "false" })],
    { kind: "loop", most: 2, fixed: false },
  ],
  [
    "an output larger than a step may have",
    [{ id: "a", action: "test.echo", params: { text: "x".repeat(5_000) } }],
    { kind: "setting", name: "max_step_output", shared: false },
  ],
  [
    "more steps than a run may begin",
    ["a", "b", "c", "d", "e", "f", "g", "h"].map((id) => echo(id)),
    { kind: "setting", name: "max_run_steps", shared: false },
  ],
  [
    "a template that is not there",
    [{ id: "a", action: "workflow.run", params: { template_name: "${{inputs.name}}" } }],
    { kind: "template", name: "nobody" },
    { params: { name: "nobody" } },
  ],
  ...["inputs.a + 1 > 2", "inputs.b > 1", "inputs.list[5] == 1", "int(inputs.a) > 1", "inputs.a"]
    .map((source) => guarded(source)),
  ...[
    ["expr.eval", "expression", "inputs.a + 1"],
    ["expr.eval", "expression", "inputs.b.c"],
    ["jq.transform", "filter", ".inputs.a + 1"],
  ].map(([action, param, source]) => computed(action!, param!, source!)),
  [
    "a token that cannot be computed",
    [{ id: "a", action: "test.echo", params: { text: "${{inputs.a + 1}}" } }],
    { kind: "expression", source: "inputs.a + 1" },
    INPUTS,
  ],
  [
    "a list that is none",
    [{ id: "l", type: "loop", config: { over: "${{inputs.a}}", body: [echo("x")] } }],
    { kind: "expression", source: "${{inputs.a}}" },
    INPUTS,
  ],
  [
    "an assertion",
    [{ id: "a", action: "assert.equals", params: { actual: 1, expected: 2 } }],
    { kind: "change" },
  ],
  ["an output that breaks its schema", [echo("a")], { kind: "change" }, {
    template: { output_schema: { type: "string" } },
  }],
];

for (const [what, steps, remedy, more] of FAILURES) {
  test(`what is to be done about ${what}`, async () => {
    const engine = await openTestEngine({ limits: { maxStepOutput: 2_000, runSteps: 6 } });
    const { status, error } = await engine.run(steps, more);
    assert.equal(status, "failed");
    assert.deepEqual(remedyOf(error!), remedy, JSON.stringify(error));
  });
}

test("the step that the workflow's timeout has ended is named", async () => {
  const engine = await openTestEngine();
  const definition = { timeout: "10s" };
  const running = engine.run([echo("first"), external("slow", { depends_on: ["first"] })], {
    definition,
  });
  await engine.called("slow");
  engine.clock.advance(10_000);
  const reply: RunReply = await running;
  assert.deepEqual(remedyOf(reply.error!), { kind: "time", of: "workflow" });
  assert.deepEqual(remedyOf(reply.steps!.slow!.error!), { kind: "time", of: "workflow" });
  assert.equal(stepOfFailure(reply.error!), "slow");
});

test("what a child lacks is told by its parent, and a retry there starts another child", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [{
    id: "a",
    action: "workflow.run",
    params: { template_name: "${{inputs.name}}" },
  }], { template: { input_schema: { properties: { name: { default: "grandkid" } } } } });
  const { workflow_id, error } = await engine.run([
    { id: "sub", action: "workflow.run", params: { template_name: "kid" } },
  ]);
  assert.deepEqual(remedyOf(error!), { kind: "template", name: "grandkid" });
  await engine.define("grandkid", [echo("a")]);
  const { status } = await engine.opcode.signal({
    workflow_id,
    signal_type: "retry",
    step_id: "sub",
    agent_id: "test",
  });
  assert.equal(status, "completed");
});

test("wherever a step fails, what is to be retried and begun from are steps that can be", async () => {
  const fails = { id: "x", action: "test.fail" };
  const inLoop = (...body: JsonObject[]) => ({
    id: "l",
    type: "loop",
    config: { over: [1], body },
  });
  const forks = (...list: JsonObject[]) => ({
    id: "p",
    type: "parallel",
    config: { branches: [list] },
  });
  const engine = await openTestEngine();
  await engine.define("kid", [fails]);
  const child = { id: "s", action: "workflow.run", params: { template_name: "kid" } };
  const PLACES: [step: JsonObject, retried: string, from: string][] = [
    [fails, "x", "x"],
    [{ ...fails, id: "a.b" }, "a.b", "a.b"],
    [inLoop(fails), "l.iter_0.x", "l"],
    [{ ...inLoop(fails), id: "a.b" }, "a.b.iter_0.x", "a.b"],
    [forks(fails), "p.branch_0.x", "p"],
    [inLoop(forks(fails)), "l.iter_0.p.branch_0.x", "l"],
    [child, "s", "s"],
    [inLoop(child), "l.iter_0.s", "l"],
  ];
  for (const [step, retried, from] of PLACES) {
    const { workflow_id, error, steps = {} } = await engine.run([step]);
    const id = stepOfFailure(error!)!;
    assert.deepEqual([id, topLevelOf(id, Object.keys(steps))], [retried, from]);
    const agent_id = "test";
    const forked = await engine.opcode.run({ from_run: workflow_id, from_step: from, agent_id });
    assert.equal(forked.status, "failed", "it ran again");
    const again = { workflow_id, signal_type: "retry" as const, step_id: id, agent_id };
    assert.ok((await engine.opcode.signal(again)).rerun!.includes(id));
  }
});
