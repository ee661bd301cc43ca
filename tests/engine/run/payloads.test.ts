// What a run's events say beside their type: enough to rebuild the run from them alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { echo, failing } from "../../support/steps.ts";
import { openTestEngine, payloadsOf } from "../../support/test-engine.ts";

test("events carry outputs, errors, reasons and attempts", async () => {
  const engine = await openTestEngine();
  const { workflow_id: completed } = await engine.run([
    echo("a", { n: 1 }),
    echo("b", {}, { condition: "1 > 2" }),
  ]);
  const one = async (type: string, id = completed) => (await payloadsOf(engine, id, type))[0];
  assert.deepEqual(await one("step_started"), { attempt: 1 });
  assert.deepEqual(await one("step_completed"), { output: { n: 1 }, duration_ms: 0 });
  assert.deepEqual(await one("step_skipped"), { reason: "condition_false", condition: "1 > 2" });
  assert.deepEqual(await one("workflow_completed"), { output: { a: { n: 1 }, b: null } });

  const failed = await engine.run([failing("a", {}, { retry: { max: 1 } })]);
  const [error] = await payloadsOf(engine, failed.workflow_id, "workflow_failed");
  assert.deepEqual(error, { error: failed.error as unknown as JsonObject });
  const stepFailed = await one("step_failed", failed.workflow_id);
  assert.deepEqual(stepFailed, {
    error: failed.steps!.a!.error as unknown as JsonObject,
    attempt: 2,
    duration_ms: 0,
  });

  const { workflow_id } = await engine.run([{ id: "q", type: "reasoning", config: {} }]);
  await engine.opcode.signal({
    workflow_id,
    signal_type: "cancel",
    agent_id: "boss",
    reasoning: "no need",
  });
  assert.deepEqual(await one("workflow_cancelled", workflow_id), { reason: "no need" });
  const { rows } = await engine.opcode.query({
    resource: "events",
    filter: { workflow_id, event_type: "signal_received" },
  });
  assert.deepEqual(rows.map((row) => row.agent_id), ["boss"]);
});
