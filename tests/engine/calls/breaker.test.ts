// What circuit breakers mean for runs: refused calls, what counts as a failure, and the log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
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

const external = (id: string, more: JsonObject = {}) => ({ id, action: "test.external", ...more });
const down = () => new OpcodeError("EXECUTION_ERROR", "it is down");

/** A run of one external step that fails, or with `error` undefined answers. */
async function call(engine: TestEngine, error?: Error) {
  const running = engine.run([external("a")]);
  const { resolve, reject } = await engine.called("a");
  if (error) reject(error);
  else resolve(1);
  return await running;
}

/** Runs that fail until the breaker is open; returns the last one. */
async function open(engine: TestEngine) {
  for (let n = 0; n < 4; n++) await call(engine, down());
  return await call(engine, down());
}

test("five failures, of any runs, open the breaker: the next call is refused and not retried", async () => {
  const engine = await openTestEngine();
  const last = await open(engine);
  assert.deepEqual(await eventsOf(engine, last.workflow_id), [
    "workflow_started",
    "step_started a",
    "circuit_breaker_open a",
    "step_failed a",
    "workflow_failed",
  ]);
  assert.deepEqual(await payloadsOf(engine, last.workflow_id, "circuit_breaker_open"), [{
    action: "test.external",
    state: "open",
    consecutive_failures: 5,
    failure_threshold: 5,
    cooldown: "30s",
  }]);
  const calls = engine.calls.length;
  engine.clock.advance(10_500);
  const refused = await engine.run([
    external("a", { retry: { max: 3 }, on_error: { strategy: "ignore" } }),
    { id: "b", action: "test.repeatable", depends_on: ["a"], on_error: { strategy: "ignore" } },
  ], { wait_ms: 0 });
  (await engine.called("b")).resolve("another action is not concerned");
  await settle();
  assert.equal(engine.calls.length, calls + 1);
  const { status, steps } = await engine.opcode.status(refused.workflow_id);
  assert.equal(status, "completed");
  assert.deepEqual(steps.a!.error, {
    code: "CIRCUIT_OPEN",
    message: "test.external has failed 5 times in a row; calls are refused for 19.5s more",
    details: {
      action: "test.external",
      consecutive_failures: 5,
      state: "open",
      cooldown_remaining: "19.5s",
      retry_after_ms: 19_500,
    },
    step_id: "a",
  });
  const events = await eventsOf(engine, refused.workflow_id);
  assert.ok(!events.includes("step_retry_attempt a"));
});

test("a retry policy outlasts the breaker that its attempts have opened, also over a restart", async () => {
  let engine = await openTestEngine();
  const retry = { max: 9 };
  const { workflow_id } = await engine.run([external("a", { retry })], { wait_ms: 0 });
  for (let n = 0; n < 5; n++) {
    (await engine.called("a")).reject(down());
    await settle();
  }
  // The first of the next attempts would be refused: it has not begun.
  assert.equal(engine.calls.length, 5);
  const waiting = (await eventsOf(engine, workflow_id)).slice(-3);
  assert.deepEqual(waiting, ["step_retry_attempt a", "step_retrying a", "step_retrying a"]);
  const payloads = await payloadsOf(engine, workflow_id, "step_retrying");
  assert.deepEqual(payloads.at(-1), { reason: "circuit_open", delay_ms: 30_000 });
  await pass(engine, 29_999);
  assert.equal(engine.open.length, 0);
  await pass(engine, 1);
  (await engine.called("a")).reject(down());
  await settle();
  assert.equal(engine.open.length, 0);
  engine = await engine.crash();
  await pass(engine, 30_000);
  (await engine.called("a")).resolve("well again");
  await settle();
  const { status, steps } = await engine.opcode.status(workflow_id);
  assert.equal(status, "completed");
  assert.equal(steps.a!.attempt, 7);
  assert.equal((await payloadsOf(engine, workflow_id, "step_retry_attempt")).length, 6);
});

test("a step that another's probe holds up waits for it, and does not use up its retries", async () => {
  const engine = await openTestEngine();
  const retry = { max: 5, delay: "31s" };
  const { workflow_id } = await engine.run([external("a", { retry })], { wait_ms: 0 });
  for (let n = 0; n < 5; n++) {
    (await engine.called("a")).reject(down());
    await settle();
    if (n < 4) await pass(engine, 31_000);
  }
  await pass(engine, 30_000);
  const probing = engine.run([external("b")]);
  const probe = await engine.called("b");
  await pass(engine, 1_000);
  assert.equal(engine.open.length, 1);
  const [refused] = (await payloadsOf(engine, workflow_id, "step_retrying")).slice(-1);
  assert.deepEqual(refused, { reason: "circuit_open", delay_ms: 4_000 });
  probe.resolve(1);
  await probing;
  await pass(engine, 4_000);
  (await engine.called("a")).resolve(1);
  await settle();
  assert.equal((await engine.opcode.status(workflow_id)).status, "completed");
  assert.equal((await payloadsOf(engine, workflow_id, "step_retry_attempt")).length, 5);
});

test("the retries of a flow step outlast what the steps in it have opened", async () => {
  const engine = await openTestEngine();
  const config = { mode: "all", branches: [[external("a")]] };
  const flow = { id: "flow", type: "parallel", retry: { max: 9 }, config };
  const { workflow_id } = await engine.run([flow], { wait_ms: 0 });
  for (let n = 0; n < 5; n++) {
    (await engine.called("flow.branch_0.a")).reject(down());
    await settle();
  }
  assert.equal(engine.open.length, 0);
  await pass(engine, 30_000);
  (await engine.called("flow.branch_0.a")).resolve(1);
  await settle();
  assert.equal((await engine.opcode.status(workflow_id)).status, "completed");
});

test("what one agent's calls have opened refuses no other's", async () => {
  const engine = await openTestEngine();
  await open(engine);
  const request = { template_name: "w", agent_id: "another" };
  const running = engine.opcode.run(request);
  (await engine.called("a")).resolve(1);
  assert.equal((await running).status, "completed");
  assert.equal((await engine.opcode.run({ ...request, agent_id: "test" })).status, "failed");
});

test("after the cooldown one call probes: its run's log tells both changes", async () => {
  const engine = await openTestEngine();
  await open(engine);
  engine.clock.advance(30_000);
  const failing = await call(engine, down());
  assert.deepEqual((await eventsOf(engine, failing.workflow_id)).slice(1, 5), [
    "step_started a",
    "circuit_breaker_half_open a",
    "circuit_breaker_open a",
    "step_failed a",
  ]);
  engine.clock.advance(30_000);
  const probing = engine.run([external("a"), external("b", { on_error: { strategy: "ignore" } })]);
  (await engine.called("a")).resolve(1);
  const reply = await probing;
  assert.deepEqual(statuses(reply), { a: "completed", b: "skipped" });
  const [changed] = await payloadsOf(engine, reply.workflow_id, "circuit_breaker_closed");
  assert.equal(changed!.consecutive_failures, 0);
  assert.equal((await call(engine)).status, "completed");
});

test("errors that no retry helps open no breaker, nor do assertions and workflow.fail", async () => {
  const engine = await openTestEngine();
  for (let n = 0; n < 6; n++) {
    await call(engine, new OpcodeError("VALIDATION_ERROR", "wrong"));
    const failing = { action: "test.fail", on_error: { strategy: "ignore" } };
    const reply = await engine.run([
      { id: "pure", ...failing },
      { id: "assert", action: "assert.equals", params: { expected: 1, actual: 2 } },
      { id: "fail", action: "workflow.fail", params: { reason: "no" }, depends_on: ["pure"] },
    ]);
    assert.notEqual(reply.steps!.pure!.error!.code, "CIRCUIT_OPEN");
  }
  assert.equal((await call(engine)).status, "completed");
});

test("a step's own time limit says nothing, nor what the action answers afterwards", async () => {
  const engine = await openTestEngine();
  for (let n = 0; n < 6; n++) {
    const running = engine.run([external("a", { timeout: "1ms" })]);
    const late = await engine.called("a");
    await pass(engine, 1);
    await running;
    late.reject(down());
    await settle();
  }
  assert.equal((await call(engine)).status, "completed");
});

test("a probe without end holds the others up for some seconds only", async () => {
  const engine = await openTestEngine();
  await open(engine);
  engine.clock.advance(30_000);
  await engine.run([external("a", { timeout: "1000h" })], { wait_ms: 0 });
  await engine.called("a");
  const refused = await engine.run([external("b")]);
  assert.equal(refused.steps!.b!.error!.code, "CIRCUIT_OPEN");
  await pass(engine, 5_000);
  const running = engine.run([external("c")]);
  (await engine.called("c")).resolve(1);
  assert.equal((await running).status, "completed");
});

test("losers of a race and cancelled runs count for nothing", async () => {
  const engine = await openTestEngine();
  for (let n = 0; n < 3; n++) {
    const branches = [[external("loser")], [{ id: "winner", action: "test.repeatable" }]];
    const racing = engine.run([{
      id: "race",
      type: "parallel",
      config: { mode: "race", branches },
    }]);
    const loser = await engine.called("race.branch_0.loser");
    (await engine.called("race.branch_1.winner")).resolve(1);
    assert.equal((await racing).status, "completed");
    assert.ok(loser.signal.aborted);
    loser.reject(down());
    const { workflow_id } = await engine.run([external("a")], { wait_ms: 0 });
    const open = await engine.called("a");
    await engine.opcode.signal({ workflow_id, signal_type: "cancel" });
    open.reject(down());
    await settle();
  }
  assert.equal((await call(engine)).status, "completed");
});

test("a probe that is given up or ill-formed lets the next call probe", async () => {
  const engine = await openTestEngine();
  await open(engine);
  engine.clock.advance(30_000);
  const { workflow_id } = await engine.run([external("a")], { wait_ms: 0 });
  const probe = await engine.called("a");
  await engine.opcode.signal({ workflow_id, signal_type: "cancel" });
  probe.reject(down());
  await engine.run([external("a", { params: { x: "${{inputs.none}}" } })]);
  await call(engine, new OpcodeError("VALIDATION_ERROR", "wrong"));
  const reply = await call(engine);
  assert.equal(reply.status, "completed");
  assert.ok((await eventsOf(engine, reply.workflow_id)).includes("circuit_breaker_closed a"));
});

test("one dead host blocks no other", async () => {
  const engine = await openTestEngine();
  // Loopback port 1 refuses connections at once; port 2 does too, but is another host.
  const get = (port: number) => ({
    id: `get_${port}`,
    action: "http.get",
    params: { url: `http://127.0.0.1:${port}/` },
    on_error: { strategy: "ignore" },
  });
  const codeOf = async (port: number) => {
    const { steps } = await engine.run([get(port)]);
    return steps![`get_${port}`]!.error!.code;
  };
  for (let n = 0; n < 5; n++) assert.equal(await codeOf(1), "EXECUTION_ERROR");
  assert.equal(await codeOf(1), "CIRCUIT_OPEN");
  assert.equal(await codeOf(2), "EXECUTION_ERROR");
});

test("what authors limit or mistake opens no breaker: of files, programs and hosts", async () => {
  const engine = await openTestEngine();
  const http = (params: JsonObject) => ({ action: "http.get", params });
  const shell = (params: JsonObject) => ({ action: "shell.exec", params });
  const mistakes = [
    { action: "fs.read", params: { path: "/dev/zero" } },
    { action: "fs.read", params: { path: "/no/such/file" } },
    shell({ command: "false", fail_on_error: true }),
    shell({ command: "/no/such/program" }),
    shell({ command: "/" }),
    shell({ command: "sleep", args: ["9"], timeout: "1ms", fail_on_error: true }),
    http({ url: "${{inputs.url}}" }),
  ];
  for (const mistake of mistakes) {
    const step = { id: "a", ...mistake, on_error: { strategy: "ignore" } };
    for (let n = 0; n < 7; n++) {
      const { steps } = await engine.run([step], { params: { url: "not an address" } });
      assert.notEqual(steps!.a!.error?.code, "CIRCUIT_OPEN", JSON.stringify(mistake));
    }
  }
});
