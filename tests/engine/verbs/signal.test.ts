// What a signal's sender is told, and what the log keeps of the signal.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { agentIn } from "../../support/agents-in.ts";
import { ask, loop, parallel, wait } from "../../support/steps.ts";
import { eventsOf, openTestEngine, statuses } from "../../support/test-engine.ts";

const echo = (id: string, more: JsonObject = {}) => ({ id, action: "test.echo", ...more });

test("a signal registers its agent, and its event names it", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([{ id: "a", action: "test.external" }], { wait_ms: 0 });
  await engine.called("a");
  engine.clock.advance(2_000);
  const payload = { k: 1 };
  await engine.opcode.signal({ workflow_id, signal_type: "data", payload, agent_id: "helper" });
  const agent = await agentIn(engine.store, "helper");
  assert.deepEqual([agent!.type, agent!.createdAt, agent!.lastSeenAt], ["llm", 2_000, 2_000]);
  const { events } = await engine.opcode.status(workflow_id);
  const received = events.find(({ event_type }) => event_type === "signal_received");
  assert.equal(received!.agent_id, "helper");
  engine.clock.advance(1_000);
  await engine.opcode.signal({
    workflow_id,
    signal_type: "cancel",
    payload: {},
    agent_id: "helper",
  });
  assert.equal((await agentIn(engine.store, "helper"))!.lastSeenAt, 3_000);
});

test("a signal that is refused leaves no event and no agent", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([echo("a")]);
  const before = await eventsOf(engine, workflow_id);
  for (const signal_type of ["data", "cancel", "retry", "skip"] as const) {
    const step_id = signal_type === "cancel" ? {} : { step_id: "a" };
    const request = { workflow_id, signal_type, payload: {}, ...step_id, agent_id: "late" };
    const code = signal_type === "cancel" ? "INVALID_TRANSITION" : "CONFLICT";
    await assert.rejects(engine.opcode.signal(request), { code });
  }
  assert.deepEqual(await eventsOf(engine, workflow_id), before);
  assert.equal(await agentIn(engine.store, "late"), null);
});

const EMPTY_ONLY: [type: "cancel" | "retry" | "skip", payload: JsonObject, message: RegExp][] = [
  ["cancel", { reason: "wrong" }, /^payload\.reason: .*by cancel.*"reasoning, beside payload"/],
  ["retry", { step_id: "a" }, /^payload\.step_id: .*by retry.*"step_id, beside payload"/],
  ["retry", { params: { n: 1 } }, /^payload\.params: .*"opcode\.run with from_run, from_step and/],
  ["skip", { output: { n: 1 }, x: 1 }, /^payload\.output: .*by skip: .*empty; nor is x/],
  ["cancel", { choice: "yes" }, /^payload\.choice: .*did you mean "signal_type decision"\?/],
];

for (const [signal_type, payload, message] of EMPTY_ONLY) {
  test(`${signal_type} refuses the payload ${JSON.stringify(payload)}`, async () => {
    const engine = await openTestEngine();
    const { workflow_id } = await engine.run([{ id: "a", action: "test.external" }], {
      wait_ms: 0,
    });
    await engine.called("a");
    const before = await eventsOf(engine, workflow_id);
    await assert.rejects(
      engine.opcode.signal({
        workflow_id,
        signal_type,
        ...(signal_type !== "cancel" && { step_id: "a" }),
        payload,
      }),
      { code: "VALIDATION_ERROR", message },
    );
    assert.deepEqual(await eventsOf(engine, workflow_id), before);
  });
}

test("cancel refuses a step_id, which would end more than it names", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    { id: "a", action: "test.external" },
    echo("b", { depends_on: ["a"] }),
  ], { wait_ms: 0 });
  await engine.called("a");
  const before = await eventsOf(engine, workflow_id);
  const cancel = (more: object) =>
    engine.opcode.signal({ workflow_id, signal_type: "cancel", reasoning: "wrong one", ...more });
  for (const step_id of ["a", "nowhere"]) {
    await assert.rejects(cancel({ step_id }), {
      code: "VALIDATION_ERROR",
      message: /^step_id: is not for cancel, which ends the whole workflow: .*"skip"/,
    });
  }
  assert.deepEqual(await eventsOf(engine, workflow_id), before);
  const reply = await cancel({});
  assert.equal(reply.status, "cancelled");
  const state = await engine.opcode.status(workflow_id);
  assert.equal(state.status, "cancelled");
  assert.equal(state.error!.message, "wrong one");
  assert.deepEqual(statuses(state), { a: "skipped", b: "skipped" });
});

test("what goes on after a signal reads the outputs of before, and is started once", async () => {
  const first = await openTestEngine();
  const { workflow_id } = await first.run([
    echo("a", { params: { n: 5 } }),
    { id: "b", action: "test.external", depends_on: ["a"] },
    echo("c", { params: { n: "${{steps.a.output.n}}" }, depends_on: ["b"] }),
  ], { wait_ms: 0 });
  await first.called("b");
  const engine = await first.crash();
  const reply = await engine.opcode.signal({
    workflow_id,
    signal_type: "skip",
    step_id: "b",
    payload: {},
  });
  assert.deepEqual([reply.resumed, reply.status, reply.output], [true, "completed", { n: 5 }]);
  const log = await eventsOf(engine, workflow_id);
  assert.equal(log.filter((type) => type === "workflow_started").length, 1);
  assert.equal(log.filter((type) => type === "workflow_resumed").length, 1);
});

test("a signal after which the workflow fails tells all that run would tell", async () => {
  const engine = await openTestEngine();
  const failed = await engine.run([{ id: "a", action: "test.fail" }]);
  const { workflow_id } = failed;
  const reply = await engine.opcode.signal({
    workflow_id,
    signal_type: "retry",
    step_id: "a",
    payload: {},
  });
  assert.equal(reply.status, "failed");
  assert.equal(reply.resumed, true);
  assert.equal(reply.error!.step_id, "a");
  assert.deepEqual(statuses(reply), { a: "failed" });
  assert.ok(reply.started_at);
  assert.ok(reply.completed_at);
});

test("a refused signal says what would do instead", async () => {
  const engine = await openTestEngine();
  const gate = { id: "gate", type: "wait", config: { signal: "go" } };
  const each = { id: "each", type: "loop", config: { over: [1, 2], concurrency: 2, body: [gate] } };
  const both = { id: "both", type: "parallel", config: { branches: [[{ ...gate, id: "one" }]] } };
  const { workflow_id } = await engine.run([echo("a"), each, both]);
  const refusal = async (signal_type: "retry" | "skip", step_id: string) => {
    const thrown = await engine.opcode.signal({ workflow_id, signal_type, step_id }).catch((e) =>
      e
    );
    return (thrown as Error).message;
  };
  assert.deepEqual(
    [
      await refusal("skip", "one"),
      await refusal("skip", "gate"),
      await refusal("skip", "none"),
      await refusal("retry", "a"),
    ],
    [
      'step "one" not found in this workflow; did you mean "both.branch_0.one"?',
      'step "gate" not found in this workflow; 2 steps inside others end so, use the full id of one',
      'step "none" not found in this workflow; there are a, each, both',
      'cannot retry step "a", which is completed, of a workflow that is suspended; ' +
      "a run with from_run and from_step does it again",
    ],
  );
});

test("an answer or data for a step that waits no more reaches no other of that short id", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    ask("q"),
    wait("w", { signal: "go" }),
    loop("l", { over: [1, 2] }, [ask("q"), wait("w", { signal: "go" })], {
      depends_on: ["q", "w"],
    }),
  ]);
  const decide = (step_id: string) =>
    engine.opcode.signal({
      workflow_id,
      agent_id: "ann",
      signal_type: "decision",
      step_id,
      payload: { choice: "yes" },
    });
  const send = (step_id: string) =>
    engine.opcode.signal({
      workflow_id,
      signal_type: "data",
      step_id,
      payload: { signal: "go" },
    });
  await decide("q");
  await send("w");
  await assert.rejects(decide("q"), { code: "CONFLICT" });
  await decide("l.iter_0.q");
  await send("w");
  assert.equal(statuses(await engine.opcode.status(workflow_id))["l.iter_0.w"], "suspended");
  await send("l.iter_0.w");
  await decide("l.iter_1.q");
  await send("l.iter_0.w");
  assert.equal(statuses(await engine.opcode.status(workflow_id))["l.iter_1.w"], "suspended");
  assert.equal((await send("l.iter_1.w")).status, "completed");
});

test("a step is signalled by its full id, however long and whatever it is spelled with", async () => {
  const engine = await openTestEngine();
  const [outer, inner] = ["o".repeat(256), "\u{1f468}\u200d\u{1f469} ".repeat(40)];
  const id = `${outer}.branch_0.${inner}`;
  const reply = await engine.run([parallel(outer, [[ask(inner)]])]);
  assert.equal(reply.pending_decisions![0]!.step_id, id);
  const request = {
    workflow_id: reply.workflow_id,
    agent_id: "ann",
    signal_type: "decision" as const,
    step_id: id,
    payload: { choice: "yes" },
  };
  assert.equal((await engine.opcode.signal(request)).status, "completed");
  await assert.rejects(engine.opcode.signal({ ...request, step_id: "x".repeat(9_000) }), {
    message: "step_id: must have at most 8224 characters",
  });
});

test("a decision for an agent that cannot exist fails its step instead of waiting for it", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([ask("q", { target_agent: "${{inputs.who}}" })], {
    params: { who: "x".repeat(200) },
  });
  assert.equal(reply.status, "failed");
  assert.match(reply.error!.message, /config\.target_agent: must have at most 128 characters/);
});

test("skip of a step that has not begun says that it will not run", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    wait("gate", { signal: "go" }),
    echo("later", { depends_on: ["gate"] }),
  ]);
  const skip = (step_id: string) =>
    engine.opcode.signal({ workflow_id, signal_type: "skip", step_id, payload: {} });
  const { skipped, hint } = await skip("later");
  assert.deepEqual([skipped, hint], [
    "later",
    'step "later" had not begun: it will not run, and its output is null',
  ]);
  assert.equal((await skip("gate")).hint, undefined);
});
