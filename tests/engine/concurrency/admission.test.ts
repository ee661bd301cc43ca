// Whether no more runs are under way than a limit allows, and those beyond it begin when there is room.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunReply } from "../../../engine/api.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  settle,
  type TestEngine,
  type TestEngineOptions,
  until,
} from "../../support/test-engine.ts";

const CALL = [{ id: "call", action: "test.external" }];
const HOUR = 3_600_000;

/** An engine with a workflow `deploy` that is under way until its call ends. */
async function open(
  concurrency: TestEngineOptions["concurrency"],
  steps: object[] = CALL,
): Promise<TestEngine> {
  const engine = await openTestEngine({ concurrency });
  await engine.define("deploy", steps as never);
  return engine;
}

const run = (engine: TestEngine, more: object = {}): Promise<RunReply> =>
  engine.opcode.run({ template_name: "deploy", agent_id: "a", wait_ms: 0, ...more });

const statusOf = async (engine: TestEngine, { workflow_id: id }: RunReply) =>
  (await engine.opcode.status(id)).status;

const statusesOf = (engine: TestEngine, runs: readonly RunReply[]) =>
  Promise.all(runs.map((one) => statusOf(engine, one)));

/** Ends the call that has been open for longest. */
async function endFirst({ open }: TestEngine): Promise<void> {
  await until(() => open.length > 0, "a call");
  open.shift()!.resolve({});
  await settle();
}

test("of a limited workflow so many run, and the others in the order in which they came", async () => {
  const engine = await open({ templates: { deploy: 2 } });
  const runs: RunReply[] = [];
  for (let i = 0; i < 5; i++) runs.push(await run(engine));
  await settle();
  assert.deepEqual(await statusesOf(engine, runs), [
    "active",
    "active",
    "pending",
    "pending",
    "pending",
  ]);
  const { waits_for, status } = runs[4]!;
  assert.deepEqual({ waits_for, status }, {
    waits_for: ["limits.templates.deploy"],
    status: "pending",
  });
  assert.deepEqual((await engine.opcode.status(runs[2]!.workflow_id)).waits_for, waits_for);
  for (let over = 1; over <= 5; over++) {
    await endFirst(engine);
    const statuses = await statusesOf(engine, runs);
    const expected = runs.map((_, i) =>
      i < over ? "completed" : i < over + 2 ? "active" : "pending"
    );
    assert.deepEqual(statuses, expected);
  }
  assert.equal((await engine.opcode.status(runs[4]!.workflow_id)).waits_for, undefined);
  assert.deepEqual((await eventsOf(engine, runs[4]!.workflow_id)).slice(0, 2), [
    "workflow_started",
    "step_started call",
  ]);
});

test("who waits for a run waits until it has had its turn, too", async () => {
  const engine = await open({ templates: { deploy: 1 } });
  await run(engine);
  await engine.called("call");
  const answer = run(engine, { wait_ms: HOUR / 10 });
  await settle();
  await endFirst(engine);
  await endFirst(engine);
  assert.equal((await answer).status, "completed");
  const late = await open({ templates: { deploy: 1 } });
  await run(late);
  const patience = run(late, { wait_ms: 1_000 });
  await settle();
  await pass(late, 1_000);
  const { status, waiting, waits_for } = await patience;
  assert.deepEqual([status, waiting, waits_for], ["pending", true, ["limits.templates.deploy"]]);
});

test("a limit of an agent counts its runs of all workflows, and of no other agent", async () => {
  const engine = await open({ agents: { a: 1 } });
  await engine.define("other", CALL);
  const [one, two, other] = [
    await run(engine),
    await run(engine, { template_name: "other" }),
    await run(engine, { agent_id: "b" }),
  ];
  await settle();
  assert.deepEqual(await statusesOf(engine, [one, two, other]), ["active", "pending", "active"]);
  await endFirst(engine);
  assert.deepEqual(await statusesOf(engine, [one, two]), ["completed", "active"]);
});

test("a run under two limits waits for both, and holds up nobody who needs one", async () => {
  const engine = await open({ templates: { deploy: 1 }, agents: { a: 1 } });
  await engine.define("other", CALL);
  const first = await run(engine);
  const both = await run(engine);
  const ofB = await run(engine, { template_name: "other", agent_id: "b" });
  await settle();
  assert.deepEqual(await statusesOf(engine, [first, both, ofB]), ["active", "pending", "active"]);
  const { waits_for } = await engine.opcode.status(both.workflow_id);
  assert.deepEqual(waits_for, ["limits.templates.deploy", "limits.agents.a"]);
  await endFirst(engine);
  assert.deepEqual(await statusesOf(engine, [first, both]), ["completed", "active"]);
});

test("a suspended run counts, one that was cancelled makes room, and one that waits can be cancelled", async () => {
  const ask = [{
    id: "q",
    type: "reasoning",
    config: { prompt_context: "?", options: [{ id: "y" }] },
  }];
  const engine = await open({ templates: { deploy: 1 } }, ask);
  const runs = [await run(engine), await run(engine), await run(engine)];
  await settle();
  assert.deepEqual(await statusesOf(engine, runs), ["suspended", "pending", "pending"]);
  const cancel = ({ workflow_id }: RunReply) =>
    engine.opcode.signal({ workflow_id, signal_type: "cancel", wait_ms: 0 });
  await assert.rejects(
    engine.opcode.signal({ workflow_id: runs[1]!.workflow_id, signal_type: "retry", wait_ms: 0 }),
    { code: "CONFLICT", message: /has not begun: it waits for limits\.templates\.deploy/ },
  );
  await cancel(runs[1]!);
  await settle();
  assert.deepEqual(await statusesOf(engine, runs), ["suspended", "cancelled", "pending"]);
  await cancel(runs[0]!);
  await settle();
  assert.deepEqual(await statusesOf(engine, runs), ["cancelled", "cancelled", "suspended"]);
});

test("after a crash those that wait wait on, and begin", async () => {
  const engine = await open({ templates: { deploy: 1 } });
  const runs = [await run(engine), await run(engine), await run(engine)];
  await engine.called("call");
  const next = await engine.crash();
  await settle();
  // What was called is interrupted, and waits for an answer: it counts.
  assert.deepEqual(await statusesOf(next, runs), ["suspended", "pending", "pending"]);
  await next.opcode.signal({
    workflow_id: runs[0]!.workflow_id,
    signal_type: "cancel",
    wait_ms: 0,
  });
  await settle();
  assert.deepEqual(await statusesOf(next, runs), ["cancelled", "active", "pending"]);
  await endFirst(next);
  assert.deepEqual(await statusesOf(next, runs), ["cancelled", "completed", "active"]);
});

test("a run that is to begin later waits from then on", async () => {
  const engine = await open({ templates: { deploy: 1 } });
  const later = await run(engine, { delay: "1h" });
  const now = await run(engine);
  assert.equal(later.waits_for, undefined);
  await engine.called("call");
  await pass(engine, HOUR);
  const { status, waits_for } = await engine.opcode.status(later.workflow_id);
  assert.deepEqual([status, waits_for], ["pending", ["limits.templates.deploy"]]);
  const next = await engine.crash();
  await settle();
  await next.opcode.signal({ workflow_id: now.workflow_id, signal_type: "cancel", wait_ms: 0 });
  await settle();
  assert.deepEqual(await statusesOf(next, [now, later]), ["cancelled", "active"]);
});

test("a retry of a failed run, and a fork, are refused where there is no room", async () => {
  const engine = await open({ templates: { deploy: 1 } });
  const failed = await run(engine);
  await engine.called("call");
  engine.open.shift()!.reject(new Error("no"));
  await settle();
  assert.equal(await statusOf(engine, failed), "failed");
  const running = await run(engine);
  await settle();
  assert.equal(await statusOf(engine, running), "active");
  const retry = () =>
    engine.opcode.signal({
      workflow_id: failed.workflow_id,
      signal_type: "retry",
      step_id: "call",
      wait_ms: 0,
    });
  const full = { code: "CONFLICT", message: /limits\.templates\.deploy is 1, and 1 run has begun/ };
  await assert.rejects(retry(), full);
  const { workflow_id: from_run } = failed;
  await assert.rejects(
    engine.opcode.run({ from_run, from_step: "call", agent_id: "a", wait_ms: 0 }),
    full,
  );
  await assert.rejects(engine.opcode.rerun({ workflow_id: from_run }), full);
  await endFirst(engine);
  await retry();
  await settle();
  assert.deepEqual(await statusesOf(engine, [failed, running]), ["active", "completed"]);
  const waits = await run(engine);
  await settle();
  assert.equal(await statusOf(engine, waits), "pending", "the revived one counts");
});

test("a child waits as any other run, but not for a run that is above it", async () => {
  const engine = await openTestEngine({
    concurrency: { templates: { deploy: 1, tree: 1 }, agents: { a: 1 } },
  });
  await engine.define("deploy", CALL);
  const child = (name: string) => [
    { id: "c", action: "workflow.run", params: { template_name: name } },
  ];
  await engine.define("release", child("deploy"));
  const begin = (template_name: string, agent_id: string) =>
    run(engine, { template_name, agent_id });
  const [one, two] = [await begin("release", "a"), await begin("release", "b")];
  await settle();
  assert.deepEqual(await statusesOf(engine, [one, two]), ["active", "active"]);
  assert.equal(engine.open.length, 1, "one deploys");
  await endFirst(engine);
  assert.deepEqual(await statusesOf(engine, [one, two]), ["completed", "active"]);
  await endFirst(engine);
  assert.deepEqual(await statusesOf(engine, [one, two]), ["completed", "completed"]);
  await engine.opcode.define({
    name: "tree",
    agent_id: "test",
    input_schema: { type: "object", properties: { depth: { type: "integer" } } },
    definition: {
      inputs: { depth: 2 },
      steps: [{
        id: "c",
        action: "workflow.run",
        condition: "inputs.depth > 0",
        params: { template_name: "tree", params: { depth: "${{inputs.depth - 1}}" } },
      }],
    },
  });
  const reply = await run(engine, { template_name: "tree", wait_ms: 5_000 });
  assert.equal(reply.status, "completed", JSON.stringify(reply));
});

test("a run for which there is room is answered as one that has begun", async () => {
  const engine = await open({ templates: { deploy: 1 } });
  const [first, second] = [await run(engine), await run(engine)];
  assert.deepEqual([first.status, first.waits_for], ["active", undefined]);
  assert.deepEqual([second.status, second.waits_for], ["pending", ["limits.templates.deploy"]]);
});
