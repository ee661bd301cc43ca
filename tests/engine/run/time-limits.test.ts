// Whether each timeout error says which limit it was, and how long that is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { external } from "../../support/steps.ts";
import { openTestEngine, pass, settle } from "../../support/test-engine.ts";

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

test("a run that is only waiting for its large output is failed by its deadline for good", async () => {
  let engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    external("a"),
    { id: "w", type: "wait", config: { duration: "1s" } },
  ], { definition: { timeout: "2s" }, wait_ms: 0 });
  (await engine.called("a")).resolve("x".repeat(600_000));
  await settle();
  // What has been put out of memory is read anew when the run's own output is made of it.
  engine = await engine.crash();
  const batches: string[][] = [];
  engine.store.options.fail = (batch) => {
    batches.push(batch.flatMap(({ events }) => events.map(({ type }) => type)));
    return false;
  };
  const reading = Promise.withResolvers<void>();
  const { runTexts } = engine.store;
  engine.store.runTexts = async (...asked) => {
    await reading.promise;
    return await runTexts.apply(engine.store, asked);
  };
  await pass(engine, 1_500);
  await pass(engine, 1_000);
  reading.resolve();
  await settle();
  const reply = await engine.opcode.status(workflow_id);
  const over = batches.filter((types) => types.includes("workflow_timed_out"));
  assert.deepEqual(over.map((types) => types.at(-1)), ["workflow_failed"], JSON.stringify(batches));
  assert.equal(reply.error!.code, "TIMEOUT_ERROR");
});
