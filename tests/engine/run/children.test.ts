// How workflow.run lives with its child: output, failure, suspension, cancel, restart, depth.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  eventsOf,
  openTestEngine,
  pass,
  settle,
  statuses,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";
import type { JsonObject } from "../../../core/json.ts";

const child = (id: string, template_name: string, more = {}) => ({
  id,
  action: "workflow.run",
  params: { template_name, params: { n: 1 } },
  ...more,
});

async function childOf(engine: TestEngine): Promise<string> {
  let id = "";
  await until(async () => {
    const { rows } = await engine.opcode.query({ resource: "workflows" });
    id = String(rows.find((row) => row.parent_workflow_id !== undefined)?.id ?? "");
    return id !== "";
  }, "a child run");
  return id;
}

test("a child's output is its step's; the child knows its parent and its params", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.echo", params: { n: "${{inputs.n}}" } }]);
  const reply = await engine.run([
    child("sub", "kid"),
    { id: "b", action: "test.echo", params: { n: "${{steps.sub.output.n}}" }, depends_on: ["sub"] },
  ]);
  assert.deepEqual(reply.output, { n: 1 });
  const state = await engine.opcode.status(await childOf(engine));
  assert.equal(state.parent_workflow_id, reply.workflow_id);
  assert.deepEqual(state.output, { n: 1 });
  await eventsOf(engine, state.workflow_id);
});

test("a failed child fails its step, and says which child and why", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "workflow.fail", params: { reason: "no" } }]);
  const reply = await engine.run([child("sub", "kid")]);
  assert.equal(reply.status, "failed");
  const { error } = reply.steps!.sub!;
  assert.equal(error!.code, "NON_RETRYABLE");
  assert.equal(error!.details!.child_status, "failed");
  assert.equal(error!.details!.child_workflow_id, await childOf(engine));
  const missing = await engine.run([child("sub", "nobody")]);
  assert.equal(missing.steps!.sub!.error!.code, "NOT_FOUND");
});

test("a parent holds no slot of the pool while its child needs one", async () => {
  const engine = await openTestEngine({ poolSize: 1 });
  await engine.define("kid", [{ id: "a", action: "test.external" }]);
  await engine.define("middle", [child("sub", "kid")]);
  const running = engine.run([child("one", "middle"), child("two", "middle")]);
  (await engine.called("a")).resolve(1);
  await until(() => engine.calls.length === 2, "the second child's call");
  (await engine.called("a")).resolve(2);
  assert.equal((await running).status, "completed");
});

test("a suspended child suspends its parent until it ends", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [
    { id: "a", action: "test.fail", params: { times: 1 }, retry: { max: 1, delay: "1h" } },
  ]);
  const paused = await engine.run([child("sub", "kid")]);
  assert.equal(paused.status, "suspended");
  assert.deepEqual(statuses(paused), { sub: "suspended" });
  await pass(engine, 3_600_000);
  const ended = async () => (await engine.opcode.status(paused.workflow_id)).status === "completed";
  await until(ended, "the parent's end");
  assert.deepEqual((await engine.opcode.status(paused.workflow_id)).output, { failed: 1 });
  await eventsOf(engine, paused.workflow_id);
});

test("cancelling a parent cancels its child", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.external" }]);
  const { workflow_id } = await engine.run([child("sub", "kid")], { wait_ms: 0 });
  const call = await engine.called("a");
  await engine.opcode.signal({ workflow_id, signal_type: "cancel" });
  const kid = await childOf(engine);
  await until(async () => (await engine.opcode.status(kid)).status === "cancelled", "the child");
  assert.ok(call.signal.aborted);
});

test("cancelling a child fails its parent's step", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.external" }]);
  const running = engine.run([child("sub", "kid", { on_error: { strategy: "ignore" } })]);
  await engine.called("a");
  await engine.opcode.signal({ workflow_id: await childOf(engine), signal_type: "cancel" });
  const reply = await running;
  assert.equal(reply.steps!.sub!.error!.details!.child_status, "cancelled");
});

test("a time limit on workflow.run fails the attempt and cancels the child, over a crash too", async () => {
  let engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.repeatable" }]);
  const { workflow_id } = await engine.run([
    child("sub", "kid", { timeout: "10s", retry: { max: 1 } }),
  ], { wait_ms: 0 });
  await engine.called("a");
  const first = await childOf(engine);
  engine = await engine.crash();
  await engine.called("a");
  await pass(engine, 10_000);
  await until(
    async () => (await engine.opcode.status(first)).status === "cancelled",
    "the first child",
  );
  await until(() => engine.calls.length === 2, "the second child's call");
  (await engine.called("a")).resolve("done");
  await until(
    async () => (await engine.opcode.status(workflow_id)).status === "completed",
    "the end",
  );
  const state = await engine.opcode.status(workflow_id);
  assert.equal(state.output, "done");
  assert.equal(state.steps.sub!.attempt, 2);
  await pass(engine, 60_000);
  await eventsOf(engine, workflow_id);
});

test("after a crash the parent re-attaches to its child instead of starting another", async () => {
  let engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.repeatable" }]);
  const { workflow_id } = await engine.run([child("sub", "kid")], { wait_ms: 0 });
  await engine.called("a");
  engine = await engine.crash();
  (await engine.called("a")).resolve({ done: true });
  await until(
    async () => (await engine.opcode.status(workflow_id)).status === "completed",
    "the end",
  );
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.equal(rows.length, 2);
  assert.deepEqual((await engine.opcode.status(workflow_id)).output, { done: true });
});

test("a child that was stored and not begun begins after a crash", async () => {
  let engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.repeatable" }]);
  const { workflow_id } = await engine.run([
    { id: "first", action: "test.repeatable" },
    child("sub", "kid", { depends_on: ["first"] }),
  ], { wait_ms: 0 });
  const call = await engine.called("first");
  await settle();
  engine.store.options.hold = true;
  call.resolve(1);
  // Commits one by one until the child's row is there, and not the one with its beginning.
  const kids = async () => {
    const { rows } = await engine.opcode.query({ resource: "workflows" });
    return rows.filter((row) => row.parent_workflow_id === workflow_id);
  };
  await until(async () => {
    if ((await kids()).length > 0) return true;
    engine.store.step();
  }, "the child's row");
  assert.deepEqual((await kids()).map(({ status }) => status), ["pending"]);
  engine.store.options.hold = false;
  engine = await engine.crash();
  (await engine.called("a")).resolve({ done: true });
  await until(
    async () => (await engine.opcode.status(workflow_id)).status === "completed",
    "the end",
  );
});

test("a child that ends while nobody is there is found by its parent afterwards", async () => {
  let engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.repeatable" }]);
  const { workflow_id } = await engine.run([child("sub", "kid")], { wait_ms: 0 });
  const call = await engine.called("a");
  await settle();
  // From here on only one more commit gets through: the child's end.
  engine.store.options.hold = true;
  call.resolve({ done: true });
  await until(() => engine.store.held > 0, "the child's last commit");
  engine.store.step();
  engine.store.options.hold = false;
  engine = await engine.crash();
  await until(
    async () => (await engine.opcode.status(workflow_id)).status === "completed",
    "the end",
  );
});

test("recursion ends at the depth limit", async () => {
  const engine = await openTestEngine({ limits: { maxRunDepth: 3 } });
  const steps: JsonObject[] = [child("again", "loop")];
  await engine.define("loop", steps);
  const reply = await engine.opcode.run({ template_name: "loop", agent_id: "test" });
  assert.equal(reply.status, "failed");
  assert.match(JSON.stringify(reply.error), /nested deeper than 3/);
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.equal(rows.length, 4);
});

test("a step still names its child when that has ended, as the answer and as the status tell", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.echo" }]);
  const reply = await engine.run([
    { id: "sub", action: "workflow.run", params: { template_name: "kid" } },
  ]);
  const { rows } = await engine.opcode.query({
    resource: "workflows",
    filter: { template_name: "kid" },
  });
  assert.equal(reply.steps!.sub!.child_workflow_id, rows[0]!.id);
  const next = await engine.crash();
  const status = await next.opcode.status(reply.workflow_id);
  assert.equal(status.steps.sub!.child_workflow_id, rows[0]!.id);
});
