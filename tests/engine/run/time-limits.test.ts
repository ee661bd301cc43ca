// Whether each timeout error says which limit it was, and how long that is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestEngine, pass } from "../../support/test-engine.ts";

test("a step that has taken too long says after how long, an action and a flow step alike", async () => {
  const engine = await openTestEngine();
  const slow = { id: "slow", action: "test.repeatable" };
  const flow = { id: "all", type: "parallel", config: { branches: [[slow]] }, timeout: "90s" };
  for (const [step, shown] of [[{ ...slow, timeout: "10s" }, "slow"], [flow, "all"]] as const) {
    const { workflow_id } = await engine.run([step], { wait_ms: 0 });
    await engine.called(shown === "all" ? "all.branch_0.slow" : "slow");
    await pass(engine, 100_000);
    const { error } = await engine.opcode.status(workflow_id);
    assert.match(
      error!.message,
      new RegExp(
        `step ${shown} timed out after its timeout, ${shown === "all" ? "1m30s" : "10s"}$`,
      ),
    );
  }
});
