// That a run waits for the check of its output, whoever makes it and whatever happens meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evaluate } from "../../../core/expression.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";
import { echo } from "../../support/steps.ts";
import { eventsOf, openTestEngine, settle, until } from "../../support/test-engine.ts";

/** Checks of values wait until they are let go; those of schemas do not. */
function held() {
  const waiting: (() => void)[] = [];
  const evaluate: Evaluate = async (request) => {
    if (request.mode === "value") await new Promise<void>((resolve) => waiting.push(resolve));
    return await evaluateHere(request);
  };
  return { evaluate, waiting };
}

/** Too large for the thread of the run. */
const items = Array.from({ length: 5_000 }, (_, i) => ({ i }));
const template = {
  output_schema: { properties: { items: { items: { properties: { i: { type: "integer" } } } } } },
};

test("the run is active until its output has been checked, and then ends by the answer", async () => {
  for (const [last, status] of [[1, "completed"], ["x", "failed"]] as const) {
    const { evaluate, waiting } = held();
    const engine = await openTestEngine({ evaluate });
    const run = engine.run([echo("a", { items: [...items, { i: last }] })], {
      template,
      wait_ms: 600_000,
    });
    await until(() => waiting.length > 0, "the check");
    await settle();
    const [row] = (await engine.opcode.query({ resource: "workflows" })).rows;
    assert.equal(row!.status, "active");
    waiting[0]!();
    const reply = await run;
    assert.equal(reply.status, status);
    if (status === "failed") {
      assert.equal(
        reply.error!.message,
        "output does not match output_schema: /items/5000/i: must be integer",
      );
    }
    await engine.opcode.stop();
  }
});

test("after a crash it is checked again", async () => {
  const { evaluate, waiting } = held();
  const engine = await openTestEngine({ evaluate });
  const { workflow_id } = await engine.run([echo("a", { items })], {
    template,
    wait_ms: 0,
  });
  await until(() => waiting.length > 0, "the check");
  const next = await engine.crash();
  await until(() => waiting.length > 1, "the check after the crash");
  waiting[1]!();
  await until(
    async () => (await next.opcode.status(workflow_id)).status === "completed",
    "the end",
  );
  assert.equal((await eventsOf(next, workflow_id)).at(-1), "workflow_completed");
});

test("a run that is cancelled meanwhile stays cancelled", async () => {
  const { evaluate, waiting } = held();
  const engine = await openTestEngine({ evaluate });
  const { workflow_id } = await engine.run([echo("a", { items })], {
    template,
    wait_ms: 0,
  });
  await until(() => waiting.length > 0, "the check");
  await engine.opcode.signal({ workflow_id, signal_type: "cancel", agent_id: "test" });
  waiting[0]!();
  await settle();
  assert.equal((await engine.opcode.status(workflow_id)).status, "cancelled");
});
