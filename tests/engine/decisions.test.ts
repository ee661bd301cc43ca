// How decisions are shown: briefly in replies, with their questions in status and lists.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { openTestEngine, pass } from "../support/test-engine.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const ask = (id: string, config: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  id,
  type: "reasoning",
  config: { prompt_context: `${id}?`, options: [{ id: "yes", description: "go" }], ...config },
  ...more,
});

test("a suspended run names what can be answered, and status has the questions, newest first", async () => {
  const engine = await openTestEngine();
  engine.clock.advance(1_000);
  const reply = await engine.run([
    { id: "read", action: "test.echo", params: { n: 1 } },
    ask("first", {
      data_inject: { n: "steps.read.output.n" },
      target_agent: "ann",
      timeout: "1h",
      fallback: "yes",
    }, { depends_on: ["read"] }),
    ask("second", { options: [] }, { depends_on: ["read"] }),
  ]);
  assert.equal(reply.status, "suspended");
  const { pending_decisions } = await engine.opcode.status(reply.workflow_id);
  const [second, first] = pending_decisions;
  assert.deepEqual(reply.pending_decisions, [
    { decision_id: second!.id, step_id: "second", options: [] },
    {
      decision_id: first!.id,
      step_id: "first",
      options: ["yes"],
      target_agent_id: "ann",
      timeout_at: "1970-01-01T01:00:01.000Z",
    },
  ]);
  assert.match(first!.id, UUID_V7);
  assert.deepEqual(first, {
    id: first!.id,
    decision_id: first!.id,
    workflow_id: reply.workflow_id,
    step_id: "first",
    status: "pending",
    agent_id: "test",
    target_agent_id: "ann",
    context: {
      prompt: "first?",
      prompt_context: "first?",
      data: { n: 1 },
      data_inject: { n: 1 },
      step_outputs: { read: { n: 1 } },
    },
    options: [{ id: "yes", description: "go" }],
    timeout_at: "1970-01-01T01:00:01.000Z",
    fallback: "yes",
    created_at: "1970-01-01T00:00:01.000Z",
  });
  assert.deepEqual([second!.step_id, second!.options], ["second", []]);
});

test("a run that is answered for again tells from its rows what it told from memory", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [
    { id: "each", type: "loop", config: { over: [1, 2], body: [ask("ok")], concurrency: 2 } },
    { id: "gate", type: "wait", config: { signal: "go", duration: "1h" } },
  ]);
  const request = { template_name: "w", agent_id: "test", idempotency_key: "k" };
  const first = await engine.opcode.run(request);
  assert.deepEqual(first.pending_decisions?.map(({ step_id }) => step_id), [
    "each.iter_1.ok",
    "each.iter_0.ok",
  ]);
  assert.deepEqual(first.waiting_signals, [{ step_id: "gate", signal: "go" }]);
  assert.deepEqual(await engine.opcode.run(request), {
    ...first,
    replayed: true,
    template_version: "v1",
  });
});

test("status names the signals, times and children that steps wait for", async () => {
  const engine = await openTestEngine();
  await engine.define("child", [ask("deep")]);
  const { workflow_id } = await engine.run([
    { id: "gate", type: "wait", config: { signal: "go", duration: "2h" } },
    { id: "pause", type: "wait", config: { duration: "1h" } },
    { id: "sub", action: "workflow.run", params: { template_name: "child" } },
  ]);
  const status = await engine.opcode.status(workflow_id);
  assert.equal(status.status, "suspended");
  assert.deepEqual(status.waiting_signals, [{ step_id: "gate", signal: "go" }]);
  assert.equal(status.steps.gate!.due_at, "1970-01-01T02:00:00.000Z");
  assert.equal(status.steps.pause!.due_at, "1970-01-01T01:00:00.000Z");
  const child = status.steps.sub!.child_workflow_id!;
  assert.equal((await engine.opcode.status(child)).pending_decisions[0]!.step_id, "deep");
  await pass(engine, 3_600_000);
  const later = await engine.opcode.status(workflow_id);
  assert.deepEqual([later.steps.pause!.status, later.steps.pause!.due_at], [
    "completed",
    undefined,
  ]);
  await engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    payload: { signal: "go" },
  });
  assert.equal((await engine.opcode.status(workflow_id)).waiting_signals, undefined);
});

test("contexts are cut so that a status answer stays within 1 MiB, and each keeps its question", async () => {
  const engine = await openTestEngine();
  const branches = Array.from(
    { length: 100 },
    (_, n) => [ask(`ask${n}`, { prompt_context: `${n}?` })],
  );
  const { workflow_id } = await engine.run([
    { id: "large", action: "test.echo", params: { text: "x".repeat(60_000) } },
    {
      id: "all",
      type: "parallel",
      config: { branches },
      depends_on: ["large"],
    },
  ]);
  const status = await engine.opcode.status(workflow_id);
  assert.equal(status.pending_decisions.length, 100);
  assert.ok(JSON.stringify(status).length <= 1024 * 1024);
  for (const { context, step_id } of status.pending_decisions) {
    const { prompt, step_outputs_truncated, step_outputs } = context as JsonObject;
    assert.deepEqual([prompt, step_outputs_truncated, step_outputs], [
      `${step_id.slice("all.branch_".length).split(".")[0]}?`,
      true,
      undefined,
    ]);
  }
});

test("ten thousand iterations do not make an answer larger than 1 MiB; what failed is in it", async () => {
  const engine = await openTestEngine();
  const body = [
    { id: "n", action: "assert.equals", params: { actual: "${{loop.item}}", expected: 7 } },
  ].map((step) => ({ ...step, on_error: { strategy: "ignore" } }));
  const reply = await engine.run([
    { id: "each", type: "loop", config: { over: Array.from({ length: 10_000 }, () => 7), body } },
    { id: "no", action: "test.fail", depends_on: ["each"] },
  ]);
  const status = await engine.opcode.status(reply.workflow_id);
  for (const answer of [reply, status]) {
    assert.equal(answer.status, "failed");
    assert.equal(answer.truncated, true);
    assert.equal(answer.steps!.no!.status, "failed");
    assert.equal(answer.steps!.each!.status, "completed");
    assert.ok(JSON.stringify(answer).length <= 1024 * 1024);
  }
});

test("decisions are listed by status, workflow, agent and target, newest first, page by page", async () => {
  const engine = await openTestEngine();
  const list = async (filter: JsonObject = {}) =>
    await engine.opcode.query({ resource: "decisions", filter });
  const one = await engine.run([ask("a", { target_agent: "ann" })]);
  engine.clock.advance(1);
  const two = await engine.run([ask("b")]);
  await engine.opcode.signal({
    workflow_id: two.workflow_id,
    signal_type: "decision",
    step_id: "b",
    payload: { choice: "yes", data: { why: 1 } },
    reasoning: "fine",
    agent_id: "bob",
  });
  const steps = async (filter?: JsonObject) => (await list(filter)).rows.map((row) => row.step_id);
  assert.deepEqual(await steps(), ["b", "a"]);
  assert.deepEqual(await steps({ status: "pending" }), ["a"]);
  assert.deepEqual(await steps({ target_agent_id: "ann" }), ["a"]);
  assert.deepEqual(await steps({ workflow_id: one.workflow_id }), ["a"]);
  assert.deepEqual(await steps({ agent_id: "nobody" }), []);
  const [resolved] = (await list({ status: "resolved" })).rows;
  assert.deepEqual(
    [resolved!.resolution, resolved!.resolved_by, resolved!.resolved_at],
    [
      { choice: "yes", reasoning: "fine", data: { why: 1 }, resolved_by: "bob" },
      "bob",
      "1970-01-01T00:00:00.001Z",
    ],
  );
  const page = await list({ limit: 1 });
  assert.deepEqual(page.rows.map(({ step_id }) => step_id), ["b"]);
  assert.deepEqual(await steps({ limit: 1, cursor: page.next_cursor! }), ["a"]);
});

test("a wrong criterion of decisions is named", async () => {
  const { opcode } = await openTestEngine();
  const wrong: [filter: JsonObject, message: RegExp][] = [
    [{ status: "pendin" }, /filter\.status: unknown value "pendin", did you mean "pending"\?/],
    [{ target: "ann" }, /filter\.target: is not a filter of decisions.*target_agent_id/],
    [{ workflow_id: 1 }, /filter\.workflow_id: must be a non-empty string/],
    [{ limit: "many" }, /filter\.limit: must be a whole number/],
    [{ cursor: "x" }, /cursor/],
  ];
  for (const [filter, message] of wrong) {
    await assert.rejects(
      opcode.query({ resource: "decisions", filter }),
      (error: OpcodeError) => error.code === "VALIDATION_ERROR" && message.test(error.message),
    );
  }
});
