// Several engines on one store: whose runs go on where, when one of them dies, comes back, or is told to stop.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answered as answeredBy, eventually, type Node, Nodes } from "../../support/nodes.ts";
import { eventsOf } from "../../support/test-engine.ts";

const nodes = new Nodes();
let a: Node;
let b: Node;
beforeEach(async () => {
  a = await nodes.start();
  b = await nodes.start();
});

const answered = <T>(call: Promise<T>) => answeredBy([a, b], call);
const statusOf = async (node: Node, id: string) => (await node.engine.opcode.status(id)).status;

test("what a node was at goes on elsewhere when it is dead, and not before", async () => {
  const { workflow_id: id } = await a.engine.run(
    [{ id: "call", action: "test.repeatable" }, {
      id: "end",
      action: "test.echo",
      depends_on: ["call"],
    }],
    { wait_ms: 0 },
  );
  await a.engine.called("call");
  b.engine.clock.advance(10_000);
  await sleep(100);
  assert.deepEqual(b.engine.calls, [], "it is alive");
  await nodes.die(a);
  await eventually(b, () => b.engine.open.length > 0, "the step's call");
  b.engine.open[0]!.resolve({ done: true });
  await eventually(b, async () => await statusOf(b, id) === "completed", "its end");
  assert.deepEqual(b.engine.calls, ["call:2"], "the next attempt");
});

test("an effect that may have happened is not done again: it waits for somebody's word", async () => {
  const { workflow_id: id } = await a.engine.run([{ id: "call", action: "test.external" }], {
    wait_ms: 0,
  });
  await a.engine.called("call");
  await nodes.die(a);
  await eventually(b, async () => await statusOf(b, id) === "suspended", "its being set aside");
  assert.deepEqual(b.engine.calls, []);
  await b.engine.opcode.signal({
    workflow_id: id,
    signal_type: "retry",
    step_id: "call",
    wait_ms: 0,
  });
  await eventually(b, () => b.engine.open.length > 0, "the step's call");
});

test("what waits goes on where its time is noticed, or where it is asked for", async () => {
  const wait = { id: "wait", type: "wait", config: { duration: "60s" } };
  const sleeper = await a.engine.run([wait], { wait_ms: 0 });
  const asked = await a.engine.run(
    [{ id: "ask", type: "reasoning", config: { prompt_context: "?", options: [{ id: "yes" }] } }],
    { wait_ms: 0 },
  );
  await nodes.die(a);
  await eventually(
    b,
    async () => await statusOf(b, sleeper.workflow_id) === "completed",
    "the end of its wait",
  );
  const { decision_id } = (await b.engine.opcode.query({ resource: "decisions" }))
    .rows[0] as unknown as { decision_id: string };
  await b.engine.opcode.signal({
    workflow_id: asked.workflow_id,
    signal_type: "decision",
    decision_id,
    agent_id: "person",
    payload: { choice: "yes" },
    wait_ms: 0,
  });
  await eventually(b, async () => await statusOf(b, asked.workflow_id) === "completed", "its end");
});

test("a signal is applied by the node that has the run, wherever it was sent to", async () => {
  const { workflow_id: id } = await a.engine.run(
    [{ id: "ask", type: "reasoning", config: { prompt_context: "?", options: [{ id: "yes" }] } }],
    { wait_ms: 0 },
  );
  await eventually(a, async () => await statusOf(a, id) === "suspended", "its question");
  const { decision_id } = (await b.engine.opcode.query({ resource: "decisions" }))
    .rows[0] as unknown as { decision_id: string };
  const decide = (choice: string) =>
    b.engine.opcode.signal({
      workflow_id: id,
      signal_type: "decision",
      decision_id,
      agent_id: "person",
      payload: { choice },
      wait_ms: 10_000,
    });
  await assert.rejects(answered(decide("no")), { code: "VALIDATION_ERROR", message: /choice/ });
  const reply = await answered(decide("yes"));
  assert.deepEqual([reply.ok, reply.status, reply.decision_id], [true, "completed", decision_id]);
  await assert.rejects(answered(decide("yes")), { code: "CONFLICT" });
  const rows = await nodes.database.rows("SELECT request FROM inbox WHERE request <> ''");
  assert.deepEqual(rows, [], "what was said is not kept");
});

test("a signal to a node that dies before it is applied is applied by the next, once", async () => {
  const { workflow_id: id } = await a.engine.run([{ id: "call", action: "test.repeatable" }], {
    wait_ms: 0,
  });
  await a.engine.called("call");
  // The other one hears nothing of it: its time stands still.
  const cancelled = b.engine.opcode.signal({ workflow_id: id, signal_type: "cancel", wait_ms: 0 });
  await eventually(
    { ...b, engine: { ...b.engine, clock: { advance() {} } as never } },
    async () => (await nodes.database.rows("SELECT 1 AS one FROM inbox")).length === 1,
    "the message",
  );
  await nodes.die(a);
  await eventually(b, async () => await statusOf(b, id) === "cancelled", "its end");
  b.engine.clock.advance(1_000);
  assert.equal((await cancelled).ok, true);
  const types = await eventsOf({ ...b.engine, store: b.store as never }, id);
  assert.equal(types.filter((type) => type === "signal_received").length, 1);
});

test("whoever waits for a run that another node has is answered when it ends", async () => {
  await a.engine.define("w", [{ id: "call", action: "test.external" }]);
  const run = (node: Node, wait_ms: number) =>
    node.engine.opcode.run({
      template_name: "w",
      agent_id: "test",
      params: {},
      idempotency_key: "k",
      wait_ms,
    });
  const { workflow_id } = await run(a, 0);
  const call = await a.engine.called("call");
  const waiting = run(b, 20_000);
  await sleep(50);
  call.resolve(7);
  const reply = await answered(waiting);
  assert.deepEqual([reply.workflow_id, reply.status, reply.replayed], [
    workflow_id,
    "completed",
    true,
  ]);
});

test("what any node commits is told on every node, once, in one order", async () => {
  const heard = { a: [] as number[], b: [] as number[] };
  for (const [name, node] of [["a", a], ["b", b]] as const) {
    node.engine.opcode.subscribe((events) => {
      for (const item of events) if (item.kind === "event") heard[name].push(item.event.id);
    });
    // It is told from the log as it is by now.
    node.engine.clock.advance(0);
  }
  await sleep(50);
  for (const node of [a, b]) await node.engine.define("w", [{ id: "s", action: "test.echo" }]);
  const run = (node: Node) =>
    answered(node.engine.opcode.run({ template_name: "w", agent_id: "t" }));
  for (let round = 0; round < 5; round++) await Promise.all([run(a), run(b)]);
  const { rows } = await a.store.listEvents({ order: "oldest", limit: 500 });
  const all = rows.map(({ id }) => id as number);
  assert.ok(all.length >= 40);
  for (const name of ["a", "b"] as const) {
    await eventually(b, () => {
      a.engine.clock.advance(500);
      return heard[name].length >= all.length;
    }, `all events at ${name}`);
    assert.deepEqual(heard[name], all);
  }
});

test("a node that stops hands over what it was at, without anybody waiting for its time", async () => {
  const { workflow_id: id } = await a.engine.run([{ id: "call", action: "test.repeatable" }], {
    wait_ms: 0,
  });
  await a.engine.called("call");
  let stopped = false;
  const stop = a.engine.opcode.stop().then(() => stopped = true);
  await eventually(a, () => stopped, "its stop");
  await stop;
  await eventually(b, () => b.engine.open.length > 0, "the step's call");
  assert.equal(await statusOf(b, id), "active");
});

test("a node that is started again has at once what was its", async () => {
  const { workflow_id: id } = await a.engine.run([{ id: "call", action: "test.repeatable" }], {
    wait_ms: 0,
  });
  await a.engine.called("call");
  await a.store.crash();
  const again = await nodes.start({ instance: a.instance });
  await eventually(again, () => again.engine.open.length > 0, "the step's call");
  assert.deepEqual(b.engine.calls, []);
  assert.equal(await statusOf(again, id), "active");
});
