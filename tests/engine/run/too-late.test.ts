// What waits for a slot does not start once something has ended that it would have been part of.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import {
  openTestEngine,
  payloadsOf,
  settle,
  statuses,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

const external = (id: string, more: JsonObject = {}) => ({ id, action: "test.external", ...more });
const race = (...branches: JsonObject[]) => ({
  id: "race",
  type: "parallel",
  config: { mode: "race", branches: branches.map((step) => [step]) },
});
const child = (id: string, template_name = "child") => ({
  id,
  action: "workflow.run",
  params: { template_name },
});
/** Workflows whose external step runs as many runs below the root as their place says. */
const LINEAGE = ["child", "parent", "grandparent"];

/** An engine whose one slot is taken by the step `first` of a run of these steps. */
async function full(steps: JsonObject[]) {
  const engine = await openTestEngine({ poolSize: 1 });
  await engine.define("child", [external("inner")]);
  await engine.define("parent", [child("down", "child")]);
  await engine.define("grandparent", [child("down", "parent")]);
  const { workflow_id } = await engine.run(steps, { wait_ms: 0 });
  await until(() => engine.open.length > 0, "the first call");
  const first = engine.open[0]!;
  assert.match(first.stepId, /first$/);
  await settle();
  return { engine, first, workflow_id };
}

async function ended(engine: TestEngine, workflow_id: string) {
  let reply = await engine.opcode.status(workflow_id);
  await until(async () => {
    reply = await engine.opcode.status(workflow_id);
    return ["completed", "failed", "cancelled"].includes(reply.status);
  }, "the end of the run");
  await settle();
  return reply;
}

test("the losers of a race that wait for a slot never start", async () => {
  for (const losers of [1, 5, 30]) {
    const waiting = Array.from({ length: losers }, (_, i) => external(`late${i}`));
    const { engine, first, workflow_id } = await full([race(external("first"), ...waiting)]);
    first.resolve("won");
    const { status } = await ended(engine, workflow_id);
    assert.equal(status, "completed");
    assert.deepEqual(engine.calls, ["race.branch_0.first:1"]);
  }
});

test("nor when their slot was another run's, and the race was won meanwhile", async () => {
  const engine = await openTestEngine({ poolSize: 2 });
  await engine.define("other", [external("other")]);
  await engine.opcode.run({ template_name: "other", agent_id: "test", params: {}, wait_ms: 0 });
  const other = await engine.called("other");
  const { workflow_id } = await engine.run([race(external("first"), external("late"))], {
    wait_ms: 0,
  });
  const first = await engine.called("race.branch_0.first");
  await settle();
  first.resolve("won");
  other.resolve(1);
  await ended(engine, workflow_id);
  assert.ok(!engine.calls.some((call) => call.includes("late")), String(engine.calls));
});

test("nor the child of a race's loser, nor a child's child, however deep", async () => {
  for (const [depth, template] of LINEAGE.entries()) {
    const { engine, first, workflow_id } = await full([
      race(external("first"), child("late", template)),
    ]);
    const all = async () => (await engine.opcode.query({ resource: "workflows" })).rows;
    await until(async () => (await all()).length === depth + 2, "the run of the deepest child");
    await settle();
    first.resolve("won");
    await ended(engine, workflow_id);
    assert.deepEqual(engine.calls, ["race.branch_0.first:1"]);
    await until(
      async () => (await all()).every(({ status }) => status !== "active"),
      "the end of all runs",
    );
    assert.deepEqual(
      (await all()).map(({ status }) => status).sort(),
      [...Array(depth + 1).fill("cancelled"), "completed"],
    );
  }
});

test("a step that waits for a slot when its run fails never starts, and retry brings it back", async () => {
  const { engine, first, workflow_id } = await full([
    external("first"),
    external("late"),
    external("later"),
  ]);
  first.reject(new Error("no"));
  const { status, steps } = await ended(engine, workflow_id);
  assert.equal(status, "failed");
  assert.deepEqual(statuses({ steps }), { first: "failed", late: "skipped", later: "skipped" });
  assert.deepEqual(engine.calls, ["first:1"]);
  const skipped = await payloadsOf(engine, workflow_id, "step_skipped");
  assert.deepEqual(skipped.map(({ reason }) => reason), ["workflow_failed", "workflow_failed"]);
  await engine.opcode.signal({ workflow_id, signal_type: "retry", step_id: "first", wait_ms: 0 });
  for (let more = 0; more < 3; more++) {
    await until(() => engine.open.length > 0, "the next call");
    engine.open[0]!.resolve(1);
  }
  assert.equal((await ended(engine, workflow_id)).status, "completed");
});

test("a step that waits for a slot when its run is cancelled never starts", async () => {
  const { engine, first, workflow_id } = await full([external("first"), external("late")]);
  // The slot is given back while the signal is on its way.
  const cancelled = engine.opcode.signal({ workflow_id, signal_type: "cancel" });
  first.resolve(1);
  await cancelled;
  assert.equal((await ended(engine, workflow_id)).status, "cancelled");
  assert.deepEqual(engine.calls, ["first:1"]);
});

test("a child, or a child's child, that waits for a slot when its parent is cancelled or fails by fail_workflow never starts", async () => {
  for (const template of LINEAGE) {
    for (const cancel of [true, false]) {
      const { engine, first, workflow_id } = await full([
        external("first", { on_error: { strategy: "fail_workflow" } }),
        child("late", template),
      ]);
      const cancelled = cancel && engine.opcode.signal({ workflow_id, signal_type: "cancel" });
      first.reject(new Error("no"));
      await cancelled;
      await ended(engine, workflow_id);
      assert.deepEqual(engine.calls, ["first:1"]);
    }
  }
});

test("a slot that a loser was about to get goes to whoever waits next", async () => {
  const engine = await openTestEngine({ poolSize: 1 });
  await engine.define("other", [external("other")]);
  const { workflow_id } = await engine.run([
    race(external("first"), external("late")),
    external("after", { depends_on: ["race"] }),
  ], { wait_ms: 0 });
  const first = await engine.called("race.branch_0.first");
  await engine.opcode.run({ template_name: "other", agent_id: "test", params: {}, wait_ms: 0 });
  await settle();
  first.resolve("won");
  for (let more = 0; more < 2; more++) {
    await until(() => engine.open.length > 0, "the next call");
    engine.open[0]!.resolve(1);
  }
  assert.equal((await ended(engine, workflow_id)).status, "completed");
  assert.ok(!engine.calls.some((call) => call.includes("late")), String(engine.calls));
});

test("in a wide run on few slots everything that should start does", async () => {
  const engine = await openTestEngine({ poolSize: 3 });
  const steps = Array.from({ length: 100 }, (_, i) => external(`s${i}`));
  const { workflow_id } = await engine.run(steps, { wait_ms: 0 });
  for (let done = 0; done < 100; done++) {
    await until(() => engine.open.length > 0, "a call");
    engine.open[0]!.resolve(done);
  }
  assert.equal((await ended(engine, workflow_id)).status, "completed");
  assert.equal(engine.calls.length, 100);
});
