// How large outputs that arrive together are handed to the store: one by one where others wait for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { echo, external } from "../../support/steps.ts";
import { openTestEngine, until } from "../../support/test-engine.ts";

const LARGE = "x".repeat(200_000);
const IDS = ["a", "b", "c", "d"];

for (const { beside, most } of [{ beside: true, most: 1 }, { beside: false, most: 4 }]) {
  const where = beside ? "while several agents are at work" : "of the only agent";
  test(`large results ${where} are stored ${most} at a time`, async () => {
    const engine = await openTestEngine();
    const handedOver: number[] = [];
    engine.store.options.refuse = ({ events }) => {
      const large = events.filter(({ payload }) => (payload?.length ?? 0) > LARGE.length);
      if (large.length > 0 && events.every(({ type }) => type !== "workflow_completed")) {
        handedOver.push(large.length);
      }
      return false;
    };
    await engine.define("small", [echo("e")]);
    const steps = [...IDS.map((id) => external(id)), external("last")];
    const { workflow_id } = await engine.run(steps, { wait_ms: 0 });
    await until(() => engine.open.length === steps.length, "all calls");
    if (beside) await engine.opcode.run({ template_name: "small", agent_id: "other", params: {} });
    for (const call of engine.open.filter(({ stepId }) => IDS.includes(stepId))) {
      call.resolve(LARGE);
    }
    const ended = async () => {
      const { steps } = await engine.opcode.status(workflow_id);
      return IDS.every((id) => steps![id]!.status === "completed");
    };
    await until(ended, "the end of all of them");
    assert.equal(handedOver.reduce((sum, n) => sum + n), IDS.length);
    assert.equal(Math.max(...handedOver), most);
    engine.open.find(({ stepId }) => stepId === "last")!.resolve(null);
    const over = async () => (await engine.opcode.status(workflow_id)).status === "completed";
    await until(over, "the end of the run");
  });
}
