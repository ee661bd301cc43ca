// What a failing step does: retries, strategies, fallbacks, and the error of the run.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  eventsOf,
  openTestEngine,
  pass,
  payloadsOf,
  settle,
  statuses,
  until,
} from "../../support/test-engine.ts";
import { fallback } from "../../support/steps.ts";

const fail = (id: string, more = {}, params = {}) => ({ id, action: "test.fail", params, ...more });
const echo = (id: string, more = {}) => ({ id, action: "test.echo", ...more });

test("an unhandled failure fails the run; what never started stays pending", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([fail("a"), echo("b", { depends_on: ["a"] })]);
  assert.equal(reply.status, "failed");
  assert.deepEqual(statuses(reply), { a: "failed", b: "pending" });
  assert.equal(reply.error!.code, "STEP_FAILED");
  assert.equal(reply.error!.step_id, "a");
  assert.deepEqual(reply.error!.details!.cause, {
    code: "EXECUTION_ERROR",
    message: "it failed",
    details: { n: 1 },
    step_id: "a",
  });
});

test("what has started finishes before the run fails, and the first error wins", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    { id: "slow", action: "test.external" },
    { id: "bad", action: "test.external" },
    echo("after", { depends_on: ["slow"] }),
  ]);
  (await engine.called("bad")).reject(new Error("boom"));
  await settle();
  (await engine.called("slow")).resolve({ done: true });
  const reply = await running;
  assert.deepEqual(statuses(reply), { slow: "completed", bad: "failed", after: "pending" });
  assert.match(reply.error!.message, /boom/);
});

test("a flaky step is retried until it succeeds", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([fail("a", { retry: { max: 3 } }, { times: 2 })]);
  assert.equal(reply.status, "completed");
  assert.deepEqual(reply.output, { failed: 2 });
  assert.deepEqual((await eventsOf(engine, reply.workflow_id)).slice(1, 8), [
    "step_started a",
    "step_retry_attempt a",
    "step_retrying a",
    "step_started a",
    "step_retry_attempt a",
    "step_retrying a",
    "step_started a",
  ]);
  const state = await engine.opcode.status(reply.workflow_id);
  assert.equal(state.steps.a!.retry_count, 2);
  assert.equal(state.steps.a!.attempt, 3);
});

test("retries that are used up are RETRY_EXHAUSTED; what cannot be retried is NON_RETRYABLE", async () => {
  const engine = await openTestEngine();
  const used = await engine.run([fail("a", { retry: { max: 2 } })]);
  assert.equal(used.error!.code, "RETRY_EXHAUSTED");
  assert.match(used.error!.message, /after 3 attempts/);
  const never = await engine.run([
    fail("a", { retry: { max: 3 } }, { code: "VALIDATION_ERROR" }),
  ]);
  assert.equal(never.error!.code, "NON_RETRYABLE");
  assert.deepEqual(await payloadsOf(engine, never.workflow_id, "step_retry_attempt"), []);
});

for (
  const [backoff, delays] of [
    ["exponential", [100, 200, 400]],
    ["linear", [100, 200, 300]],
    ["constant", [100, 100, 100]],
    ["none", [0, 0, 0]],
    [undefined, [100, 100, 100]],
  ] as const
) {
  test(`backoff ${backoff ?? "absent, with a delay"} waits ${delays.join(", ")} ms`, async () => {
    const engine = await openTestEngine();
    const policy = { max: 3, delay: "100ms", ...(backoff && { backoff }) };
    const running = engine.run([fail("a", { retry: policy })]);
    let done = false;
    running.then(() => done = true);
    await settle();
    while (!done) {
      engine.clock.advance(50);
      await settle();
    }
    const reply = await running;
    const payloads = await payloadsOf(engine, reply.workflow_id, "step_retry_attempt");
    assert.deepEqual(payloads.map((payload) => payload.delay_ms), delays);
  });
}

test("max_delay caps the backoff", async () => {
  const engine = await openTestEngine();
  const retry = { max: 2, backoff: "exponential", delay: "1s", max_delay: "1500ms" };
  const running = engine.run([fail("a", { retry })]);
  for (const ms of [1_000, 1_500]) {
    await settle();
    engine.clock.advance(ms);
  }
  const payloads = await payloadsOf(engine, (await running).workflow_id, "step_retry_attempt");
  assert.deepEqual(payloads.map((payload) => payload.delay_ms), [1_000, 1_500]);
});

test("a backoff of more than 30 s suspends the run until it is over", async () => {
  const engine = await openTestEngine();
  const paused = await engine.run([fail("a", { retry: { max: 1, delay: "31s" } }, { times: 1 })]);
  assert.equal(paused.status, "suspended");
  await pass(engine, 31_000);
  const ended = async () => (await engine.opcode.status(paused.workflow_id)).status === "completed";
  await until(ended, "the retry");
  const events = await eventsOf(engine, paused.workflow_id);
  assert.ok(events.includes("workflow_suspended"));
  assert.ok(events.includes("workflow_resumed"));
});

test("ignore skips the step, keeps its error, and dependents run", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    fail("a", { on_error: { strategy: "ignore" } }),
    { id: "b", action: "test.echo", params: { a: "${{steps.a.output}}" }, depends_on: ["a"] },
  ]);
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), { a: "skipped", b: "completed" });
  assert.equal(reply.steps!.a!.error!.code, "EXECUTION_ERROR");
  assert.deepEqual(reply.output, { a: null });
  assert.deepEqual((await eventsOf(engine, reply.workflow_id)).slice(1, 5), [
    "step_started a",
    "error_handler_invoked a",
    "step_ignored a",
    "step_skipped a",
  ]);
});

test("a fallback runs only when it is called, once, before the dependents", async () => {
  const engine = await openTestEngine();
  const handler = { on_error: { strategy: "fallback_step", fallback_step: "plan_b" } };
  const called = await engine.run([
    fail("a", handler),
    fail("b", handler),
    echo("plan_b"),
    echo("c", { depends_on: ["a", "b"] }),
  ]);
  assert.equal(called.status, "completed");
  assert.deepEqual(statuses(called), {
    a: "failed",
    b: "failed",
    plan_b: "completed",
    c: "completed",
  });
  const events = await eventsOf(engine, called.workflow_id);
  assert.equal(events.filter((event) => event === "step_started plan_b").length, 1);
  assert.ok(events.indexOf("step_completed plan_b") < events.indexOf("step_started c"));

  const notCalled = await engine.run([echo("a", handler), echo("plan_b")]);
  assert.deepEqual(statuses(notCalled), { a: "completed", plan_b: "skipped" });
});

test("a fallback may have a fallback; when all fail, the run fails with the last error", async () => {
  const engine = await openTestEngine();
  const saved = await engine.run([fail("a", fallback("b")), fail("b", fallback("c")), echo("c")]);
  assert.equal(saved.status, "completed");
  const lost = await engine.run([fail("a", fallback("b")), fail("b", fallback("c")), fail("c")]);
  assert.equal(lost.status, "failed");
  assert.equal(lost.error!.step_id, "c");
});

test("fail_workflow aborts what is under way", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    { id: "slow", action: "test.external" },
    { id: "bad", action: "test.external", on_error: { strategy: "fail_workflow" } },
  ]);
  const slow = await engine.called("slow");
  (await engine.called("bad")).reject(new Error("boom"));
  const reply = await running;
  assert.equal(reply.status, "failed");
  assert.deepEqual(statuses(reply), { slow: "skipped", bad: "failed" });
  assert.ok(slow.signal.aborted);
});

test("workflow.fail cannot be ignored or handled", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    {
      id: "stop",
      action: "workflow.fail",
      params: { reason: "no" },
      on_error: { strategy: "ignore" },
    },
  ]);
  assert.equal(reply.status, "failed");
  assert.equal(reply.error!.code, "NON_RETRYABLE");
  assert.equal(reply.error!.message, "no");
});

test("hooks run at the end, see the error, and do not change the outcome", async () => {
  const engine = await openTestEngine();
  const hook = (id: string, params = {}) => ({ id, action: "test.echo", params });
  const definition = {
    on_complete: fail("cheer"),
    on_error: hook("mourn", {
      code: "${{workflow.error.code}}",
      step: "${{workflow.error.step_id}}",
    }),
  };
  const good = await engine.run([echo("a")], { definition });
  assert.equal(good.status, "completed");
  assert.deepEqual(statuses(good), { a: "completed", cheer: "failed" });
  const bad = await engine.run([fail("a")], { definition });
  assert.equal(bad.status, "failed");
  assert.deepEqual(bad.steps!.mourn!.output, { code: "STEP_FAILED", step: "a" });
});

test("a step timeout is a failed attempt with a timer of its own, and the late result is kept", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    { id: "a", action: "test.external", timeout: "1s", retry: { max: 1 } },
  ]);
  const first = await engine.called("a");
  engine.clock.advance(1_000);
  await until(() => engine.calls.length === 2, "the second attempt");
  assert.ok(first.signal.aborted);
  first.resolve("too late");
  engine.clock.advance(900);
  await settle();
  (await engine.called("a")).resolve("in time");
  const reply = await running;
  assert.equal(reply.output, "in time");
  const [late] = await payloadsOf(engine, reply.workflow_id, "step_late_result");
  assert.deepEqual(late, { attempt: 1, output: "too late" });
  const [retry] = await payloadsOf(engine, reply.workflow_id, "step_retry_attempt");
  assert.equal((retry!.error as { code: string }).code, "TIMEOUT_ERROR");
});

test("an action that throws something odd is EXECUTION_ERROR, and the engine lives on", async () => {
  const engine = await openTestEngine();
  const running = engine.run([{ id: "a", action: "test.external" }]);
  (await engine.called("a")).reject(undefined as unknown as Error);
  assert.equal((await running).steps!.a!.error!.code, "EXECUTION_ERROR");
  assert.equal((await engine.run([echo("a")])).status, "completed");
});

test("the error of no step is told to on_error too, with step_id null", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([{ id: "a", action: "test.echo" }], {
    template: { output_schema: { type: "object", required: ["x"] } },
    definition: {
      on_error: {
        id: "hook",
        action: "test.echo",
        params: { at: "${{workflow.error.step_id}}", code: "${{workflow.error.code}}" },
      },
    },
  });
  assert.equal(reply.status, "failed");
  assert.deepEqual(reply.steps!.hook!.output, { at: null, code: "VALIDATION_ERROR" });
});
