// Acceptance vectors of retries, backoff, error strategies, timeouts and the circuit breaker.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { echo, external, failing } from "../../support/steps.ts";
import {
  eventsOf,
  openTestEngine,
  payloadsOf,
  settle,
  statuses,
  type TestEngine,
} from "../../support/test-engine.ts";

const count = (events: string[], event: string) => events.filter((one) => one === event).length;

test("vector 3: failing twice with three retries completes after three calls", async () => {
  const engine = await openTestEngine();
  const running = engine.run([external("a", { retry: { max: 3, backoff: "none" } })]);
  (await engine.called("a")).reject(new Error("once"));
  (await engine.called("a")).reject(new Error("twice"));
  (await engine.called("a")).resolve("there");
  const reply = await running;
  assert.equal(reply.status, "completed");
  assert.equal(reply.output, "there");
  assert.deepEqual(engine.calls, ["a:1", "a:2", "a:3"]);
});

test("vector 3: always failing with two retries is RETRY_EXHAUSTED after three calls", async () => {
  const engine = await openTestEngine();
  const running = engine.run([external("a", { retry: { max: 2 } })]);
  for (let n = 0; n < 3; n++) (await engine.called("a")).reject(new Error("never"));
  const reply = await running;
  assert.equal(reply.status, "failed");
  assert.equal(reply.error!.code, "RETRY_EXHAUSTED");
  assert.match(reply.error!.message, /after 3 attempts/);
  assert.deepEqual(engine.calls, ["a:1", "a:2", "a:3"]);
});

test("vector 3: VALIDATION_ERROR is NON_RETRYABLE after one call, whatever the policy", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    failing("a", { code: "VALIDATION_ERROR" }, { retry: { max: 3 } }),
  ]);
  assert.equal(reply.error!.code, "NON_RETRYABLE");
  const events = await eventsOf(engine, reply.workflow_id);
  assert.equal(count(events, "step_started a"), 1);
  assert.equal(count(events, "step_retry_attempt a"), 0);
});

const backoffs: { retry: JsonObject; delays: number[] }[] = [
  { retry: { backoff: "exponential", delay: "1s" }, delays: [1_000, 2_000, 4_000, 8_000] },
  { retry: { backoff: "linear", delay: "100ms" }, delays: [100, 200, 300, 400] },
  { retry: { backoff: "constant", delay: "2s" }, delays: [2_000, 2_000, 2_000, 2_000] },
  {
    retry: { backoff: "exponential", delay: "1s", max_delay: "3s" },
    delays: [1_000, 2_000, 3_000, 3_000],
  },
  {
    retry: { backoff: "linear", delay: "100ms", max_delay: "250ms" },
    delays: [100, 200, 250, 250],
  },
];

for (const { retry, delays } of backoffs) {
  test(`vector 4: delays of ${JSON.stringify(retry)}`, async () => {
    const engine = await openTestEngine();
    const { workflow_id } = await engine.run([failing("a", {}, { retry: { max: 4, ...retry } })], {
      wait_ms: 0,
    });
    for (const [n, delay] of delays.entries()) {
      await settle();
      assert.equal(count(await eventsOf(engine, workflow_id), "step_started a"), n + 1);
      engine.clock.advance(delay - 1);
      await settle();
      assert.equal(count(await eventsOf(engine, workflow_id), "step_started a"), n + 1);
      engine.clock.advance(1);
      await settle();
      assert.equal(count(await eventsOf(engine, workflow_id), "step_started a"), n + 2);
    }
    const retries = await payloadsOf(engine, workflow_id, "step_retry_attempt");
    assert.deepEqual(retries.map(({ delay_ms }) => delay_ms), delays);
  });
}

test("vector 5: after an ignored error the workflow completes and the dependent runs", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    failing("a", {}, { on_error: { strategy: "ignore" } }),
    echo("b", { a: "${{steps.a.status}}" }, { depends_on: ["a"] }),
  ]);
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), { a: "skipped", b: "completed" });
  assert.deepEqual(reply.output, { a: "skipped" });
});

const withFallback = (primary: JsonObject): JsonObject[] => [
  { ...primary, on_error: { strategy: "fallback_step", fallback_step: "plan_b" } },
  echo("plan_b", { by: "plan b" }),
];

test("vector 5: a fallback runs for a failed primary, and the workflow completes", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run(withFallback(failing("a")));
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), { a: "failed", plan_b: "completed" });
});

test("vector 5: a fallback never runs when its primary is well", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run(withFallback(echo("a")));
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), { a: "completed", plan_b: "skipped" });
  const events = await eventsOf(engine, reply.workflow_id);
  assert.equal(count(events, "step_started plan_b"), 0);
});

for (
  const [on_timeout, status] of [["fail", "failed"], ["suspend", "suspended"], [
    "cancel",
    "cancelled",
  ]]
) {
  test(`vector 6: a workflow that takes longer than 100 ms is ${status} with on_timeout ${on_timeout}`, async () => {
    const engine = await openTestEngine();
    const running = engine.run([external("slow")], {
      definition: { timeout: "100ms", on_timeout: on_timeout! },
    });
    const call = await engine.called("slow");
    engine.clock.advance(99);
    await settle();
    assert.ok(!call.signal.aborted);
    engine.clock.advance(1);
    const reply = await running;
    assert.equal(reply.status, status);
    assert.ok(call.signal.aborted);
    const code = { failed: "TIMEOUT_ERROR", suspended: undefined, cancelled: "CANCELLED" }[status!];
    assert.equal(reply.error?.code, code);
    const stored = await engine.store.readRun(reply.workflow_id, { events: 100 });
    assert.equal(stored!.run.status, status);
    // Suspended, the step may have had its effect: it is open until somebody says what of it.
    const after = { failed: "failed", suspended: "running", cancelled: "skipped" }[status!];
    assert.equal(stored!.steps[0]!.status, after);
    const events = await eventsOf(engine, reply.workflow_id);
    assert.equal(count(events, "workflow_timed_out"), 1);
    assert.equal(count(events, `workflow_${status}`), 1);
  });
}

async function runOnce(engine: TestEngine, ok: boolean) {
  const running = engine.run([external("a")]);
  await settle();
  const [call] = engine.open;
  if (ok) call?.resolve("ok");
  else call?.reject(new Error("down"));
  return await running;
}

test("vector 7: after five failures an action is not called; others are, and one call probes", async () => {
  const engine = await openTestEngine();
  for (let n = 0; n < 5; n++) await runOnce(engine, false);
  const refused = await runOnce(engine, true);
  assert.equal(refused.steps!.a!.error!.code, "CIRCUIT_OPEN");
  assert.equal(engine.calls.length, 5);
  const other = engine.run([{ id: "b", action: "test.repeatable" }]);
  (await engine.called("b")).resolve(1);
  assert.equal((await other).status, "completed");
  engine.clock.advance(30_000);
  const probing = engine.run([external("a")]);
  await engine.called("a");
  const second = await engine.run([external("x")]);
  assert.equal(second.steps!.x!.error!.code, "CIRCUIT_OPEN");
  (await engine.called("a")).resolve("well again");
  assert.equal((await probing).status, "completed");
  assert.equal((await runOnce(engine, true)).status, "completed");
});
