// How a run ends when several things end it: guards, hooks, deadlines, failures and their retries.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { SignalReply, SignalRequest } from "../../../engine/api.ts";
import {
  eventsOf,
  openTestEngine,
  payloadsOf,
  settle,
  statuses,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

const external = (id: string, more = {}) => ({ id, action: "test.external", ...more });
const echo = (id: string, more = {}) => ({ id, action: "test.echo", ...more });
const fail = (id: string, more = {}) => ({ id, action: "test.fail", ...more });

function signal(
  engine: TestEngine,
  workflow_id: string,
  request: Partial<SignalRequest>,
): Promise<SignalReply> {
  return engine.opcode.signal({ workflow_id, signal_type: "data", ...request });
}

test("a guard that fails never lets its step run, whatever its retry policy", async () => {
  const engine = await openTestEngine();
  const condition = "inputs.missing.deeper == 1";
  const reply = await engine.run([echo("a", { condition, retry: { max: 2 } })]);
  assert.equal(reply.status, "failed");
  assert.deepEqual(statuses(reply), { a: "failed" });
  assert.deepEqual(await eventsOf(engine, reply.workflow_id), [
    "workflow_started",
    "step_started a",
    "step_failed a",
    "workflow_failed",
  ]);
});

test("a guard that fails is handled as its step says", async () => {
  const engine = await openTestEngine();
  const condition = "inputs.missing.deeper == 1";
  const reply = await engine.run([
    echo("a", { condition, on_error: { strategy: "ignore" } }),
    echo("b", { condition, on_error: { strategy: "fallback_step", fallback_step: "c" } }),
    echo("c"),
  ]);
  assert.deepEqual(statuses(reply), { a: "skipped", b: "failed", c: "completed" });
});

for (const on_timeout of ["fail", "suspend", "cancel"]) {
  test(`a hook is not bounded by the run's deadline (on_timeout ${on_timeout})`, async () => {
    const engine = await openTestEngine();
    const running = engine.run([echo("a")], {
      definition: { timeout: "1s", on_timeout, on_complete: external("cheer") },
    });
    await engine.called("cheer");
    engine.clock.advance(5_000);
    await settle();
    (await engine.called("cheer")).resolve(1);
    const reply = await running;
    assert.equal(reply.status, "completed");
    assert.equal(reply.steps!.cheer!.status, "completed");
    assert.ok(!(await eventsOf(engine, reply.workflow_id)).includes("workflow_timed_out"));
  });
}

test("on_error runs after a deadline, and its own time limit is its own", async () => {
  const engine = await openTestEngine();
  const running = engine.run([external("a")], {
    definition: { timeout: "1s", on_error: external("mourn") },
  });
  await engine.called("a");
  engine.clock.advance(1_000);
  await engine.called("mourn");
  engine.clock.advance(29_000);
  await settle();
  (await engine.called("mourn")).resolve(1);
  const reply = await running;
  assert.equal(reply.error!.code, "TIMEOUT_ERROR");
  assert.deepEqual(statuses(reply), { a: "failed", mourn: "completed" });
});

test("a hook that takes too long is given up; the outcome stands", async () => {
  const engine = await openTestEngine();
  const running = engine.run([echo("a")], { definition: { on_complete: external("cheer") } });
  await engine.called("cheer");
  engine.clock.advance(30_000);
  const reply = await running;
  assert.equal(reply.status, "completed");
  assert.equal(reply.steps!.cheer!.error!.code, "TIMEOUT_ERROR");
});

test("a run that failed by its deadline has time again when a step is retried", async () => {
  const engine = await openTestEngine();
  const running = engine.run([external("a")], { definition: { timeout: "10s" } });
  await engine.called("a");
  engine.clock.advance(10_000);
  const failed = await running;
  assert.equal(failed.error!.code, "TIMEOUT_ERROR");
  const retried = signal(engine, failed.workflow_id, { signal_type: "retry", step_id: "a" });
  await until(() => engine.calls.includes("a:2"), "the second attempt");
  engine.clock.advance(9_000);
  await settle();
  engine.open.find((call) => call.key.endsWith(":2"))!.resolve(1);
  assert.equal((await retried).status, "completed");
});

test("while a hook waits for an answer nothing else of its run is retried or skipped", async () => {
  let engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([fail("a"), echo("b", { depends_on: ["a"] })], {
    definition: { on_error: external("mourn") },
    wait_ms: 0,
  });
  await engine.called("mourn");
  engine = await engine.crash();
  assert.deepEqual((await engine.opcode.status(id)).interrupted, ["mourn"]);
  for (const [signal_type, step_id] of [["retry", "a"], ["skip", "a"], ["skip", "b"]] as const) {
    await assert.rejects(
      signal(engine, id, { signal_type, step_id }),
      (error: OpcodeError) => error.code === "CONFLICT",
      `${signal_type} ${step_id}`,
    );
  }
  const reply = await signal(engine, id, { signal_type: "skip", step_id: "mourn" });
  assert.equal(reply.status, "failed");
  assert.deepEqual(statuses(reply), { a: "failed", b: "pending", mourn: "skipped" });
  // Its end known, the run may be revived, and its hook will run again.
  const revived = signal(engine, id, { signal_type: "retry", step_id: "a" });
  (await engine.called("mourn")).resolve(1);
  assert.equal((await revived).status, "failed");
});

test("retry beside an aborted sibling that is not gone yet starts what depends on it too", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    external("slow"),
    external("bad", { on_error: { strategy: "fail_workflow" } }),
    echo("after", { depends_on: ["slow"] }),
  ]);
  await engine.called("slow");
  (await engine.called("bad")).reject(new Error("boom"));
  const failed = await running;
  assert.deepEqual(statuses(failed), { slow: "skipped", bad: "failed", after: "pending" });
  const retried = signal(engine, failed.workflow_id, { signal_type: "retry", step_id: "bad" });
  await until(() => engine.calls.includes("slow:2") && engine.calls.includes("bad:2"), "both");
  for (const call of [...engine.open]) call.resolve(1);
  const reply = await retried;
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), { slow: "completed", bad: "completed", after: "completed" });
});

test("data that answers for an interruption renews the retry budget, as retry does", async () => {
  let engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([external("a", { retry: { max: 1 } })], {
    wait_ms: 0,
  });
  (await engine.called("a")).reject(new Error("one"));
  await until(() => engine.calls.includes("a:2"), "the retry");
  engine = await engine.crash();
  const running = signal(engine, id, { payload: {} });
  (await engine.called("a")).reject(new Error("two"));
  await until(() => engine.calls.includes("a:4"), "a retry of the new budget");
  (await engine.called("a")).resolve(1);
  assert.equal((await running).status, "completed");
  const [received] = await payloadsOf(engine, id, "signal_received");
  assert.equal(received!.type, "data");
});

test("a progress listener that throws costs nobody an answer", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [echo("a")]);
  const request = { template_name: "w", agent_id: "test" };
  const replies = await Promise.all([
    engine.opcode.run(request, {
      onProgress() {
        throw new Error("gone");
      },
    }),
    engine.opcode.run(request),
  ]);
  assert.deepEqual(replies.map(({ status }) => status), ["completed", "completed"]);
});

test("a second caller with the same key is told the same of every step", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [fail("b"), echo("a", { depends_on: ["b"] })]);
  const request = { template_name: "w", agent_id: "test", idempotency_key: "k" };
  const first = await engine.opcode.run(request);
  const second = await engine.opcode.run(request);
  assert.deepEqual(second, { ...first, replayed: true, template_version: "v1" });
});

test("a wait that is over before the run is stored is answered once it is", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [external("a")]);
  engine.store.options.hold = true;
  const running = engine.opcode.run({ template_name: "w", agent_id: "test", wait_ms: 5 });
  await settle();
  engine.clock.advance(5);
  await settle();
  engine.store.options.hold = false;
  engine.store.step();
  const { status, waiting } = await running;
  assert.deepEqual({ status, waiting }, { status: "active", waiting: true });
  (await engine.called("a")).resolve(1);
});
