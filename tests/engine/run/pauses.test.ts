// What stops a run from outside: timeouts, cancel, interruption, and how signals let it go on.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode, OpcodeError } from "../../../core/errors.ts";
import type { SignalRequest } from "../../../engine/api.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  payloadsOf,
  settle,
  statuses,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

const external = (id: string, more = {}) => ({ id, action: "test.external", ...more });
const echo = (id: string, more = {}) => ({ id, action: "test.echo", ...more });

function signal(engine: TestEngine, workflow_id: string, request: Partial<SignalRequest>) {
  return engine.opcode.signal({ workflow_id, signal_type: "data", ...request });
}

const code = (expected: ErrorCode) => (error: OpcodeError) => {
  assert.equal(error.code, expected, error.message);
  return true;
};

async function started(engine: TestEngine, steps: object[], definition = {}): Promise<string> {
  const reply = await engine.run(steps as never, { definition, wait_ms: 0 });
  return reply.workflow_id;
}

test("a workflow timeout fails what is open and the run", async () => {
  const engine = await openTestEngine();
  const running = engine.run([external("a"), echo("b", { depends_on: ["a"] })], {
    definition: { timeout: "10s" },
  });
  const call = await engine.called("a");
  engine.clock.advance(10_000);
  const reply = await running;
  assert.equal(reply.status, "failed");
  assert.equal(reply.error!.code, "TIMEOUT_ERROR");
  assert.deepEqual(statuses(reply), { a: "failed", b: "pending" });
  assert.ok(call.signal.aborted);
  assert.ok((await eventsOf(engine, reply.workflow_id)).includes("workflow_timed_out"));
});

test("on_timeout cancel cancels, on_timeout suspend waits for somebody and grants a new budget", async () => {
  const engine = await openTestEngine();
  const cancelled = engine.run([external("a")], {
    definition: { timeout: "1s", on_timeout: "cancel" },
  });
  await engine.called("a");
  engine.clock.advance(1_000);
  assert.equal((await cancelled).status, "cancelled");

  const running = engine.run([external("b")], {
    definition: { timeout: "1s", on_timeout: "suspend" },
  });
  await engine.called("b");
  engine.clock.advance(1_000);
  const paused = await running;
  assert.equal(paused.status, "suspended");
  assert.deepEqual(paused.interrupted, ["b"]);
  engine.clock.advance(3_600_000);
  const resumed = signal(engine, paused.workflow_id, { signal_type: "retry", step_id: "b" });
  await until(() => engine.calls.filter((call) => call.startsWith("b")).length === 2, "b again");
  engine.clock.advance(900);
  (await engine.called("b")).resolve(1);
  assert.equal((await resumed).status, "completed");
});

test("suspended time does not count against the workflow's timeout", async () => {
  const engine = await openTestEngine();
  const paused = await engine.run([
    { id: "a", action: "test.fail", params: { times: 1 }, retry: { max: 1, delay: "1h" } },
    external("b", { depends_on: ["a"] }),
  ], { definition: { timeout: "10s" } });
  assert.equal(paused.status, "suspended");
  await pass(engine, 3_600_000);
  const call = await engine.called("b");
  engine.clock.advance(9_000);
  await settle();
  call.resolve("in time");
  const ended = async () => (await engine.opcode.status(paused.workflow_id)).status === "completed";
  await until(ended, "the end");
});

test("cancel ends a run, skips what is open, aborts it, and wins over late results", async () => {
  const engine = await openTestEngine();
  const id = await started(engine, [external("a"), echo("b", { depends_on: ["a"] })]);
  const call = await engine.called("a");
  const reply = await signal(engine, id, { signal_type: "cancel", reasoning: "enough" });
  assert.equal(reply.ok, true);
  call.resolve("late");
  await settle();
  const state = await engine.opcode.status(id);
  assert.equal(state.status, "cancelled");
  assert.equal(state.error!.message, "enough");
  assert.deepEqual(statuses(state), { a: "skipped", b: "skipped" });
  const reasons = (await payloadsOf(engine, id, "step_skipped")).map(({ reason }) => reason);
  assert.deepEqual(reasons, ["cancelled_in_flight", "workflow_cancelled"]);
  assert.equal((await payloadsOf(engine, id, "step_late_result")).length, 1);
  await assert.rejects(signal(engine, id, { signal_type: "cancel" }), code("INVALID_TRANSITION"));
});

test("signals that do not fit are refused and leave no trace", async () => {
  const engine = await openTestEngine();
  const done = await engine.run([echo("a")]);
  const before = await eventsOf(engine, done.workflow_id);
  for (const signal_type of ["retry", "skip"] as const) {
    const request = { signal_type, step_id: "a" };
    await assert.rejects(signal(engine, done.workflow_id, request), code("CONFLICT"));
    await assert.rejects(
      signal(engine, done.workflow_id, { signal_type }),
      code("VALIDATION_ERROR"),
    );
    await assert.rejects(
      signal(engine, done.workflow_id, { signal_type, step_id: "nope" }),
      code("NOT_FOUND"),
    );
  }
  await assert.rejects(signal(engine, done.workflow_id, {}), code("CONFLICT"));
  await assert.rejects(signal(engine, "no-such-run", {}), code("NOT_FOUND"));
  assert.deepEqual(await eventsOf(engine, done.workflow_id), before);
  const id = await started(engine, [external("a")]);
  await assert.rejects(
    signal(engine, id, {
      agent_id: "ann",
      signal_type: "decision",
      step_id: "a",
      payload: { choice: "x" },
    }),
    code("NOT_FOUND"),
  );
  await assert.rejects(
    signal(engine, id, { signal_type: "retry", step_id: "a" }),
    code("CONFLICT"),
  );
});

test("retry revives a failed run with a new budget and a new attempt", async () => {
  const engine = await openTestEngine();
  const failed = await engine.run([
    external("pay"),
    { id: "a", action: "test.fail", params: { times: 3 }, retry: { max: 1 } },
    echo("b", { depends_on: ["a"] }),
  ].slice(1));
  assert.equal(failed.status, "failed");
  const reply = await signal(engine, failed.workflow_id, { signal_type: "retry", step_id: "a" });
  assert.deepEqual([reply.status, reply.resumed, reply.rerun], ["completed", true, ["a"]]);
  const state = await engine.opcode.status(failed.workflow_id);
  assert.equal(state.error, undefined);
  assert.equal(state.steps.a!.attempt, 4);
  assert.equal(state.steps.a!.retry_count, 1);
  await eventsOf(engine, failed.workflow_id);
});

test("skip passes a failed step over", async () => {
  const engine = await openTestEngine();
  const failed = await engine.run([
    { id: "a", action: "test.fail" },
    echo("b", { depends_on: ["a"] }),
  ]);
  const reply = await signal(engine, failed.workflow_id, { signal_type: "skip", step_id: "a" });
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), { a: "skipped", b: "completed" });
});

test("with two failures, retry of one runs it alone and the run fails with the other", async () => {
  const engine = await openTestEngine();
  const failed = await engine.run([
    { id: "a", action: "test.fail", params: { times: 1 } },
    { id: "b", action: "test.fail" },
    echo("c", { depends_on: ["a"] }),
  ]);
  assert.equal(failed.error!.step_id, "a");
  const reply = await signal(engine, failed.workflow_id, { signal_type: "retry", step_id: "a" });
  assert.equal(reply.status, "failed");
  assert.deepEqual(statuses(reply), { a: "completed", b: "failed", c: "pending" });
  const last = await signal(engine, failed.workflow_id, { signal_type: "skip", step_id: "b" });
  assert.deepEqual(statuses(last), { a: "completed", b: "skipped", c: "completed" });
});

test("retry after fail_workflow runs the aborted siblings again", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    external("slow"),
    external("bad", { on_error: { strategy: "fail_workflow" } }),
  ]);
  await engine.called("slow");
  (await engine.called("bad")).reject(new Error("boom"));
  const failed = await running;
  const retried = signal(engine, failed.workflow_id, { signal_type: "retry", step_id: "bad" });
  await until(() => engine.calls.includes("slow:2") && engine.calls.includes("bad:2"), "both");
  for (const call of [...engine.open]) call.resolve(1);
  assert.equal((await retried).status, "completed");
});

test("data is merged into the context of a run and seen by the steps after it", async () => {
  const engine = await openTestEngine();
  const id = await started(engine, [
    external("a"),
    { id: "b", action: "test.echo", params: { k: "${{context.k}}" }, depends_on: ["a"] },
  ], { context: { k: "old", other: 1 } });
  const call = await engine.called("a");
  await signal(engine, id, { payload: { k: "new" }, agent_id: "helper" });
  call.resolve(null);
  await until(async () => (await engine.opcode.status(id)).status === "completed", "the end");
  const state = await engine.opcode.status(id);
  assert.deepEqual(state.output, { k: "new" });
  assert.deepEqual(await payloadsOf(engine, id, "variable_set"), [{ key: "k", value: "new" }]);
});

test("after a crash a run with an open external step waits; the last answer lets it go on", async () => {
  let engine = await openTestEngine();
  const id = await started(engine, [
    external("a"),
    external("b"),
    { id: "safe", action: "test.repeatable" },
    echo("end", { depends_on: ["a", "b", "safe"] }),
  ]);
  await until(() => engine.calls.length === 3, "three calls");
  engine = await engine.crash();
  const state = await engine.opcode.status(id);
  assert.equal(state.status, "suspended");
  assert.deepEqual(state.interrupted, ["a", "b"]);
  await settle();
  assert.deepEqual(engine.calls, [], "nothing of it starts");

  const first = await signal(engine, id, { signal_type: "skip", step_id: "a" });
  assert.deepEqual(first.interrupted, ["b"]);
  assert.equal(first.resumed, undefined);
  await assert.rejects(
    signal(engine, id, { signal_type: "retry", step_id: "end" }),
    code("CONFLICT"),
  );
  const last = signal(engine, id, { signal_type: "retry", step_id: "b" });
  await until(() => engine.calls.length === 2, "b and safe again");
  assert.deepEqual(engine.calls.toSorted(), ["b:2", "safe:2"]);
  for (const call of [...engine.open]) call.resolve(call.key);
  const reply = await last;
  assert.equal(reply.status, "completed");
  assert.equal(reply.steps!.b!.output, `${id}:b:2`);
  const [interrupted] = await payloadsOf(engine, id, "workflow_interrupted");
  assert.deepEqual(interrupted, { reason: "process_restart", steps: ["a", "b"] });
});

test("data answers for all interrupted steps with retry", async () => {
  let engine = await openTestEngine();
  const id = await started(engine, [external("a"), external("b")]);
  await until(() => engine.calls.length === 2, "two calls");
  engine = await engine.crash();
  const reply = signal(engine, id, { payload: {} });
  await until(() => engine.calls.length === 2, "both again");
  for (const call of [...engine.open]) call.resolve(1);
  assert.deepEqual((await reply).rerun, ["a", "b"]);
});

test("on_interrupt resume, repeatable and pure steps, and backoffs go on by themselves", async () => {
  let engine = await openTestEngine();
  const id = await started(engine, [
    external("a", { on_interrupt: "resume" }),
    { id: "safe", action: "test.repeatable" },
    { id: "later", action: "test.fail", params: { times: 1 }, retry: { max: 1, delay: "20s" } },
  ]);
  await until(() => engine.calls.length === 2, "two calls");
  engine = await engine.crash();
  await until(() => engine.calls.length === 2, "both again");
  assert.deepEqual(engine.calls.toSorted(), ["a:2", "safe:2"]);
  for (const call of [...engine.open]) call.resolve(1);
  assert.equal((await engine.opcode.status(id)).steps.later!.status, "retrying");
  engine.clock.advance(19_999);
  await settle();
  assert.equal((await engine.opcode.status(id)).steps.later!.status, "retrying");
  engine.clock.advance(1);
  // The new process counts its own failures, so one more attempt is one more failure.
  await until(async () => (await engine.opcode.status(id)).status !== "active", "the retry");
  assert.equal((await engine.opcode.status(id)).steps.later!.attempt, 2);
});

test("a graceful stop gives steps their time, then marks what is left", async () => {
  const engine = await openTestEngine();
  const id = await started(engine, [external("a"), external("b")]);
  await until(() => engine.calls.length === 2, "two calls");
  const stopped = engine.opcode.stop();
  await assert.rejects(
    engine.opcode.run({ template_name: "w", agent_id: "test" }),
    code("BUSY"),
  );
  (await engine.called("a")).resolve("in time");
  await settle();
  engine.clock.advance(10_000);
  await stopped;
  const next = await engine.crash();
  const state = await next.opcode.status(id);
  assert.equal(state.status, "suspended");
  assert.deepEqual(state.interrupted, ["b"]);
  assert.deepEqual(statuses(state), { a: "completed", b: "running" });
  const [payload] = await payloadsOf(next, id, "workflow_interrupted");
  assert.equal(payload!.reason, "shutdown");
});

test("a signal that is answered leaves no timer behind", async () => {
  const engine = await openTestEngine();
  const failed = await engine.run([{ id: "a", action: "test.fail", params: { times: 1 } }]);
  await signal(engine, failed.workflow_id, { signal_type: "retry", step_id: "a" });
  await settle();
  assert.equal(engine.clock.pending, 0);
});

test("a step that ends during a graceful stop leaves its run active, to go on after the restart", async () => {
  const engine = await openTestEngine();
  const id = await started(engine, [external("a"), external("b", { depends_on: ["a"] })]);
  const call = await engine.called("a");
  const stopped = engine.opcode.stop();
  call.resolve("in time");
  await stopped;
  const next = await engine.crash();
  (await next.called("b")).resolve("done");
  await until(async () => (await next.opcode.status(id)).status === "completed", "the end");
  assert.ok(!(await eventsOf(next, id)).includes("workflow_suspended"));
});

test("a flow step in which one wait has ended and all else waits is suspended again", async () => {
  const engine = await openTestEngine();
  const wait = (id: string, config: object) => ({ id, type: "wait", config });
  const branches = [[wait("short", { duration: "1s", signal: "a" })], [
    wait("long", { signal: "b" }),
  ]];
  const id = await started(engine, [
    { id: "p", type: "parallel", config: { branches } },
    wait("other", { duration: "10s" }),
  ]);
  await pass(engine, 1_000);
  const steps = statuses(await engine.opcode.status(id));
  assert.equal(steps["p.branch_0.short"], "completed");
  assert.equal(steps.p, "suspended");
});
