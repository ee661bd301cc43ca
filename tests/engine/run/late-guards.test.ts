// Whether a guard holds at the moment at which its step begins, however long that has waited for a slot.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { external } from "../../support/steps.ts";
import {
  eventsOf,
  openTestEngine,
  payloadsOf,
  settle,
  statuses,
  type TestEngine,
} from "../../support/test-engine.ts";

/** A run whose guarded step waits for the only slot while somebody sets `k`; then the slot is free. */
async function late(guarded: JsonObject, k: [before: Json, after: Json]) {
  const engine = await openTestEngine({ poolSize: 1 });
  // The first runs, and the start of the second waits for it: none is written ahead any more.
  await engine.run([external("first"), external("second")], { wait_ms: 0 });
  await settle();
  const steps = [
    { ...external("guarded"), ...guarded },
    { ...external("after"), depends_on: ["guarded"] },
  ];
  const definition = { context: { k: k[0] } };
  const { workflow_id } = await engine.run(steps, { definition, wait_ms: 0 });
  await settle();
  assert.ok(!(await eventsOf(engine, workflow_id)).includes("step_started guarded"));
  const signal = { workflow_id, signal_type: "data" as const, payload: { k: k[1] }, wait_ms: 0 };
  await engine.opcode.signal(signal);
  for (const id of ["first", "second"]) (await engine.called(id)).resolve(null);
  return { engine, id: workflow_id };
}

/** The slot is free again, whatever became of who had waited for it. */
async function endOf(engine: TestEngine, id: string) {
  (await engine.called("after")).resolve(null);
  await settle();
  const { status, steps } = await engine.opcode.status(id);
  assert.equal(status, "completed");
  return statuses({ steps }).guarded;
}

test("a step that waited for a slot runs if its guard still holds", async () => {
  const { engine, id } = await late({ condition: "context.k > 0" }, [1, 2]);
  (await engine.called("guarded")).resolve(null);
  assert.equal(await endOf(engine, id), "completed");
});

test("one whose guard holds no more is passed over", async () => {
  const { engine, id } = await late({ condition: "context.k == 1" }, [1, 2]);
  assert.equal(await endOf(engine, id), "skipped");
  assert.deepEqual(await payloadsOf(engine, id, "step_skipped"), [
    { reason: "condition_false", condition: "context.k == 1" },
  ]);
});

test("one whose guard fails by then fails", async () => {
  const guarded = { condition: "context.k.deep == 1", on_error: { strategy: "ignore" } };
  const { engine, id } = await late(guarded, [{ deep: 1 }, 2]);
  assert.equal(await endOf(engine, id), "skipped");
  assert.equal((await payloadsOf(engine, id, "step_ignored")).length, 1);
  assert.ok(!engine.calls.includes("guarded:1"));
});
