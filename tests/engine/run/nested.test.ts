// Steps inside steps: where they pause, where they go on, and what failures and signals make of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  payloadsOf,
  settle,
  statuses,
  type TestEngine,
} from "../../support/test-engine.ts";

const echo = (id: string, params: JsonObject = {}, more: JsonObject = {}) => ({
  id,
  action: "test.echo",
  params,
  ...more,
});
const external = (id: string, more: JsonObject = {}) => ({ id, action: "test.external", ...more });
const ask = (id: string, config: JsonObject = {}, more: JsonObject = {}) => ({
  id,
  type: "reasoning",
  config: { prompt_context: "go on?", options: [{ id: "yes" }, { id: "no" }], ...config },
  ...more,
});
const loop = (id: string, over: JsonObject["x"], body: JsonObject[], more: JsonObject = {}) => ({
  id,
  type: "loop",
  config: { over, body, ...more },
});
const parallel = (id: string, branches: JsonObject[][], mode = "all") => ({
  id,
  type: "parallel",
  config: { branches, mode },
});

function decide(engine: TestEngine, id: string, step_id: string, choice = "yes") {
  return engine.opcode.signal({
    workflow_id: id,
    agent_id: "ann",
    signal_type: "decision",
    step_id,
    payload: { choice },
  });
}

test("a decision inside a loop pauses at that iteration and goes on exactly there", async () => {
  let engine = await openTestEngine();
  const run = await engine.run([
    loop("each", ["a", "b", "c"], [
      echo("before", { item: "${{loop.item}}" }),
      ask("ask"),
      echo("after", { said: "${{steps.ask.output.choice}} to ${{steps.before.output.item}}" }),
    ]),
  ]);
  assert.equal(run.status, "suspended");
  const id = run.workflow_id;
  for (const n of [0, 1, 2]) {
    // A restart in between changes nothing.
    if (n === 1) engine = await engine.crash();
    const { pending } = await pendingOf(engine, id);
    assert.deepEqual(pending, [`each.iter_${n}.ask`]);
    const reply = await decide(engine, id, pending[0]!);
    assert.equal(reply.resumed, true);
    assert.equal(reply.status, n === 2 ? "completed" : "suspended");
    if (n < 2) continue;
    assert.deepEqual(reply.output, {
      iterations: 3,
      results: [{ said: "yes to a" }, { said: "yes to b" }, { said: "yes to c" }],
    });
  }
  const events = await eventsOf(engine, id);
  for (const n of [0, 1, 2]) {
    const begun = events.filter((event) => event === `step_started each.iter_${n}.before`);
    assert.equal(begun.length, 1);
  }
});

test("an approval that a failure elsewhere took away is asked again, not passed over", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([
    ask("approve"),
    external("deploy", { depends_on: ["approve"] }),
    external("other"),
  ], { wait_ms: 0 });
  const id = run.workflow_id;
  (await engine.called("other")).reject(new Error("broken"));
  await settle();
  const failed = await engine.opcode.status(id);
  assert.deepEqual([failed.status, statuses(failed).approve], ["failed", "skipped"]);
  await engine.opcode.signal({
    workflow_id: id,
    signal_type: "retry",
    step_id: "other",
    wait_ms: 0,
  });
  (await engine.called("other")).resolve(1);
  await settle();
  assert.deepEqual(engine.open, []);
  const again = await engine.opcode.status(id);
  assert.deepEqual([again.status, statuses(again).approve], ["suspended", "suspended"]);
  await engine.opcode.signal({
    workflow_id: id,
    agent_id: "ann",
    signal_type: "decision",
    decision_id: again.pending_decisions[0]!.id,
    payload: { choice: "yes" },
    wait_ms: 0,
  });
  (await engine.called("deploy")).resolve(1);
  await settle();
  assert.equal((await engine.opcode.status(id)).status, "completed");
});

test("a restart inside nested steps repeats nothing that had completed", async () => {
  let engine = await openTestEngine();
  const run = await engine.run([
    loop("l", [1, 2], [
      parallel("p", [[external("x")], [external("y")]]),
    ]),
  ], { definition: { on_interrupt: "resume" }, wait_ms: 0 });
  (await engine.called("l.iter_0.p.branch_0.x")).resolve("x0");
  (await engine.called("l.iter_0.p.branch_1.y")).resolve("y0");
  (await engine.called("l.iter_1.p.branch_0.x")).resolve("x1");
  await settle();
  engine = await engine.crash();
  (await engine.called("l.iter_1.p.branch_1.y")).resolve("y1");
  await settle();
  assert.deepEqual(engine.calls, ["l.iter_1.p.branch_1.y:2"]);
  const { status, output } = await engine.opcode.status(run.workflow_id);
  assert.equal(status, "completed");
  assert.deepEqual(output, {
    iterations: 2,
    results: [
      { mode: "all", branches: ["x0", "y0"] },
      { mode: "all", branches: ["x1", "y1"] },
    ],
  });
});

test("an interrupted step inside others is answered by its full id", async () => {
  let engine = await openTestEngine();
  const run = await engine.run([loop("l", [1], [external("x"), echo("y", { n: 1 })])], {
    wait_ms: 0,
  });
  await engine.called("l.iter_0.x");
  engine = await engine.crash();
  const halted = await engine.opcode.status(run.workflow_id);
  assert.deepEqual([halted.status, halted.interrupted], ["suspended", ["l.iter_0.x"]]);
  const reply = await engine.opcode.signal({
    workflow_id: run.workflow_id,
    signal_type: "skip",
    step_id: "l.iter_0.x",
  });
  assert.deepEqual([reply.status, reply.output], ["completed", {
    iterations: 1,
    results: [{ n: 1 }],
  }]);
});

test("concurrent iterations overlap up to the limit, and results stand in order", async () => {
  const engine = await openTestEngine();
  const run = await engine.run(
    [loop("l", ["a", "b", "c"], [external("x", { params: { item: "${{loop.item}}" } })], {
      concurrency: 2,
    })],
    { wait_ms: 0 },
  );
  await engine.called("l.iter_1.x");
  assert.deepEqual(engine.open.map(({ stepId }) => stepId), ["l.iter_0.x", "l.iter_1.x"]);
  (await engine.called("l.iter_1.x")).resolve("second");
  (await engine.called("l.iter_2.x")).resolve("third");
  (await engine.called("l.iter_0.x")).resolve("first");
  await settle();
  const { output } = await engine.opcode.status(run.workflow_id);
  assert.deepEqual(output, { iterations: 3, results: ["first", "second", "third"] });
});

test("the losers of a race are aborted and skipped, begun or not", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([
    parallel("p", [[external("slow"), echo("never")], [external("fast")]], "race"),
  ], { wait_ms: 0 });
  const slow = await engine.called("p.branch_0.slow");
  (await engine.called("p.branch_1.fast")).resolve(1);
  await settle();
  const status = await engine.opcode.status(run.workflow_id);
  assert.deepEqual(status.output, { mode: "race", winner: 1, output: 1 });
  assert.ok(slow.signal.aborted);
  const skipped = await payloadsOf(engine, run.workflow_id, "step_skipped");
  assert.deepEqual(skipped.map(({ reason }) => reason), ["race_lost", "race_lost"]);
});

test("workflow.fail inside a step fails the run, whatever handlers are around it", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([
    {
      ...parallel("p", [[{ id: "stop", action: "workflow.fail", params: { reason: "no" } }]]),
      on_error: { strategy: "ignore" },
    },
  ]);
  assert.equal(run.status, "failed");
  assert.equal(run.error?.step_id, "p.branch_0.stop");
  assert.deepEqual(statuses(run), { p: "failed", "p.branch_0.stop": "failed" });
});

test("a flow step's retry starts it from nothing, with new attempts inside", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([{
    ...loop("l", [1, 2], [
      echo("x", {}),
      { id: "f", action: "test.fail", params: { times: 1 } },
    ]),
    retry: { max: 2 },
  }]);
  assert.equal(run.status, "completed");
  const { steps } = await engine.opcode.status(run.workflow_id);
  assert.deepEqual([steps.l!.attempt, steps["l.iter_0.x"]!.attempt], [3, 3]);
});

test("retry of a failed step inside others leaves what had completed as it is", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([
    loop("l", [1, 2], [
      echo("x"),
      { id: "f", action: "test.fail", params: { times: 1 } },
    ]),
  ]);
  assert.deepEqual([run.status, run.error?.step_id], ["failed", "l.iter_0.f"]);
  const again = await engine.opcode.signal({
    workflow_id: run.workflow_id,
    signal_type: "retry",
    step_id: "l.iter_0.f",
  });
  assert.equal(again.error?.step_id, "l.iter_1.f");
  const { steps } = await engine.opcode.status(run.workflow_id);
  assert.equal(steps["l.iter_0.x"]!.attempt, 1);
  assert.equal(steps["l.iter_0.f"]!.status, "completed");
});

test("a flow step's time limit counts only while it runs", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([
    { ...parallel("p", [[ask("ask"), external("x")]]), timeout: "10s" },
  ]);
  await pass(engine, 3_600_000);
  await engine.opcode.signal({
    workflow_id: run.workflow_id,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "ask",
    payload: { choice: "yes" },
    wait_ms: 0,
  });
  await engine.called("p.branch_0.x");
  await pass(engine, 11_000);
  const { status, steps } = await engine.opcode.status(run.workflow_id);
  assert.equal(status, "failed");
  assert.equal(steps.p!.error!.code, "TIMEOUT_ERROR");
  assert.equal(steps["p.branch_0.x"]!.status, "skipped");
});

test("a decision goes to whom it is for, and only to one of its options", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([ask("a", { target_agent: "boss" })]);
  const signal = (agent_id: string | undefined, choice: string) =>
    engine.opcode.signal({
      workflow_id: run.workflow_id,
      signal_type: "decision",
      step_id: "a",
      ...(agent_id && { agent_id }),
      payload: { choice },
    });
  const refused = (field: RegExp) => (error: OpcodeError) =>
    error.code === "VALIDATION_ERROR" && field.test(error.message);
  await assert.rejects(signal(undefined, "yes"), refused(/^agent_id: is required/));
  await assert.rejects(signal("intern", "yes"), refused(/^agent_id: .*"boss"/));
  await assert.rejects(signal("boss", "maybe"), refused(/^payload\.choice: .*yes, no/));
  const reply = await signal("boss", "no");
  assert.deepEqual(reply.output, { choice: "no", resolved_by: "boss" });
});

test("a decision's deadline chooses its fallback by itself, also after a restart", async () => {
  let engine = await openTestEngine();
  const run = await engine.run([ask("a", { timeout: "60h", fallback: "no" })]);
  engine = await engine.crash();
  await pass(engine, 60 * 3_600_000);
  const { status, output } = await engine.opcode.status(run.workflow_id);
  assert.equal(status, "completed");
  assert.deepEqual(output, {
    choice: "no",
    reasoning: "timeout_auto_resolved",
    resolved_by: "system",
  });
  await assert.rejects(
    decide(engine, run.workflow_id, "a"),
    (error: OpcodeError) => error.code === "CONFLICT",
  );
});

test("a named signal meets its wait, and its time limit ends one that nothing meets", async () => {
  const engine = await openTestEngine();
  const wait = (id: string, config: JsonObject) => ({ id, type: "wait", config });
  const run = await engine.run([
    wait("w", { signal: "go" }),
    wait("t", { duration: "40m", signal: "x" }),
  ]);
  assert.equal(run.status, "suspended");
  const data = await engine.opcode.signal({
    workflow_id: run.workflow_id,
    signal_type: "data",
    payload: { name: "go", n: 1 },
  });
  assert.equal(data.resumed, true);
  await pass(engine, 40 * 60_000);
  const { status, output } = await engine.opcode.status(run.workflow_id);
  assert.equal(status, "completed");
  assert.deepEqual(output, {
    w: { signal: "go", payload: { name: "go", n: 1 } },
    t: { signal: "x", timed_out: true },
  });
});

async function pendingOf(engine: TestEngine, id: string): Promise<{ pending: string[] }> {
  const { rows } = await engine.store.listDecisions({ runId: id, status: "pending", limit: 10 });
  return { pending: rows.map(({ stepId }) => stepId) };
}
