// What the end of a child means to its parent's retry, and a parent's end to its child.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { echo, external } from "../../support/steps.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  statuses,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

const RETRY = { max: 3, backoff: "none" };
const child = (id: string, template_name: string, more: JsonObject = {}) => ({
  id,
  action: "workflow.run",
  params: { template_name },
  ...more,
});

async function runsOf(engine: TestEngine, template_name: string): Promise<JsonObject[]> {
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  return rows.filter((row) => row.template_name === template_name);
}

async function cancel(engine: TestEngine, template_name: string): Promise<void> {
  const [row] = await runsOf(engine, template_name);
  const workflow_id = String(row!.id);
  await engine.opcode.signal({ workflow_id, signal_type: "cancel", reasoning: "enough" });
}

test("a child that was cancelled is not started again by its parent's retry", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [external("a")]);
  const running = engine.run([child("sub", "kid", { retry: RETRY })]);
  await engine.called("a");
  await cancel(engine, "kid");
  const { status, error, steps, workflow_id } = await running;
  assert.equal(status, "failed");
  assert.equal(error!.code, "NON_RETRYABLE");
  assert.match(error!.message, /^child workflow cancelled: enough$/);
  assert.equal(steps!.sub!.error!.details!.child_status, "cancelled");
  assert.deepEqual(engine.calls, ["a:1"]);
  assert.equal((await runsOf(engine, "kid")).length, 1);
  await eventsOf(engine, workflow_id);
});

test("nor is one whose own child was cancelled, nor by a retry around the step", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [external("a")]);
  await engine.define("middle", [child("sub", "kid", { retry: RETRY })]);
  const running = engine.run([{
    id: "loop",
    type: "loop",
    retry: RETRY,
    config: { over: [1], body: [child("sub", "middle", { retry: RETRY })] },
  }]);
  await engine.called("a");
  await cancel(engine, "kid");
  const { status, steps } = await running;
  assert.equal(status, "failed");
  assert.equal(steps!.loop!.error!.code, "NON_RETRYABLE");
  assert.deepEqual(engine.calls, ["a:1"]);
});

test("nor one that ended by on_timeout: cancel or by workflow.fail; one that failed is", async () => {
  const ends: [string, JsonObject[], JsonObject, number][] = [
    ["cancelled by its timeout", [external("a")], { timeout: "1s", on_timeout: "cancel" }, 1],
    ["failed by its timeout", [external("a")], { timeout: "1s", on_timeout: "fail" }, 4],
    ["workflow.fail", [{ id: "a", action: "workflow.fail", params: { reason: "no" } }], {}, 1],
    ["failed", [{ id: "a", action: "test.fail", params: { times: 9 } }], {}, 4],
  ];
  for (const [what, steps, definition, runs] of ends) {
    const engine = await openTestEngine();
    await engine.define("kid", steps, { definition });
    const running = engine.run([child("sub", "kid", { retry: RETRY })]);
    let over = false;
    running.finally(() => over = true);
    while (!over) await pass(engine, 1_000);
    assert.equal((await running).status, "failed", what);
    assert.equal((await runsOf(engine, "kid")).length, runs, what);
  }
});

test("handlers take a cancelled child as any other failure", async () => {
  const ends: [JsonObject, JsonObject][] = [
    [{ strategy: "ignore" }, { sub: "skipped" }],
    [{ strategy: "fallback_step", fallback_step: "instead" }, {
      sub: "failed",
      instead: "completed",
    }],
  ];
  for (const [on_error, expected] of ends) {
    const engine = await openTestEngine();
    await engine.define("kid", [external("a")]);
    const sub = child("sub", "kid", { retry: RETRY, on_error });
    const running = engine.run(on_error.fallback_step ? [sub, echo("instead")] : [sub]);
    await engine.called("a");
    await cancel(engine, "kid");
    const reply = await running;
    assert.equal(reply.status, "completed");
    assert.deepEqual(statuses(reply), expected);
    assert.deepEqual(engine.calls, ["a:1"]);
  }
});

test("somebody who asks for it by a signal gets another child", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [external("a")]);
  const running = engine.run([child("sub", "kid", { retry: RETRY })]);
  await engine.called("a");
  await cancel(engine, "kid");
  const { workflow_id } = await running;
  const retried = engine.opcode.signal({ workflow_id, signal_type: "retry", step_id: "sub" });
  await until(() => engine.calls.length === 2, "the second child's call");
  (await engine.called("a")).resolve("done");
  await retried;
  assert.equal((await engine.opcode.status(workflow_id)).output, "done");
});

test("a child whose parent's step fails meanwhile does not go on as an orphan", async () => {
  const MIB = 1024 * 1024;
  const limits = { runBytes: 16 * MIB, agentBytes: 12 * MIB };
  const engine = await openTestEngine({ limits });
  await engine.define("kid", [external("inside"), echo("next", {}, { depends_on: ["inside"] })]);
  const empties = (count: number) => Array.from({ length: count }, () => ({}));
  // What a step was called with stays in memory, so that there is nothing to let go of.
  const holding = async (at: string, count: number, beside: JsonObject[] = []) => {
    const depends_on = [`data${at}`];
    const params = { held: `\${{steps.data${at}.output}}` };
    const steps = [...beside, external(`data${at}`), external(`wait${at}`, { params, depends_on })];
    await engine.define(at, steps);
    const ended = engine.opcode.run({ template_name: at, agent_id: "test", wait_ms: 60_000 });
    (await engine.called(`data${at}`)).resolve(empties(count));
    return await ended;
  };
  const running = holding("large", 80_000, [child("sub", "kid")]);
  const inside = await engine.called("inside");
  // The largest run of an agent pays when its budget is full: with the step that waits for the child.
  await engine.called("waitlarge");
  holding("small", 20_000);
  await engine.called("waitsmall");
  holding("last", 78_000);
  const { error } = await running;
  assert.deepEqual([error!.code, error!.step_id], ["BUDGET_EXCEEDED", "sub"]);
  await until(
    async () => (await runsOf(engine, "kid"))[0]!.status === "cancelled",
    "the end of the child",
  );
  assert.ok(inside.signal.aborted);
});
