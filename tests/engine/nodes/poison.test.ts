// Whether a run that every process dies of is set aside after the usual number of deaths, on whichever nodes they were.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { answered, eventually, type Node, Nodes } from "../../support/nodes.ts";

const STUCK = "a turn of it did not end";
const POISONED = /poisoned: retry lets it try again, cancel ends it/;

const nodes = new Nodes();
let a: Node;
let b: Node;
beforeEach(async () => {
  a = await nodes.start();
  b = await nodes.start();
});

/** The node dies in the middle of a turn of the run, which it has loaded. */
async function dieOf(node: Node, id: string): Promise<void> {
  await eventually([node], async () => {
    const notes = await nodes.database.rows("SELECT 1 FROM suspects WHERE doing IS NOT NULL");
    return notes.length === 0;
  }, "its being loaded");
  const { runNo } = (await node.store.runHead(id))!;
  await node.store.suspect(runNo, STUCK);
  await nodes.die(node);
}

const STEPS = [{ id: "call", action: "test.repeatable" }];

const statusOf = (node: Node, id: string) => node.engine.opcode.status(id);
const goesOn = (node: Node, count: number) =>
  eventually([node], () => node.engine.open.length === count, `${count} calls`);

/** A run that a and b died of; a, started again, has it. */
async function poisoned(steps: JsonObject[] = STEPS): Promise<string> {
  const { workflow_id: id } = await a.engine.run(steps, { wait_ms: 0 });
  await dieOf(a, id);
  await goesOn(b, 1);
  await dieOf(b, id);
  a = await nodes.start({ instance: a.instance });
  await eventually([a], async () => (await statusOf(a, id)).poisoned, "its being set aside");
  return id;
}

/** The living node that has the only run. */
async function owner(): Promise<string | null> {
  const [row] = await nodes.database.rows(
    "SELECT n.instance FROM runs r JOIN nodes n ON n.no = r.owner",
  );
  return row?.instance ?? null;
}

test("a run that kills one node after the other is set aside, and all else goes on", async () => {
  const good = await a.engine.run(STEPS, { wait_ms: 0 });
  const { workflow_id: id } = await a.engine.run(STEPS, { wait_ms: 0 });
  await a.engine.called("call");
  await dieOf(a, id);
  await goesOn(b, 2);
  await dieOf(b, id);
  a = await nodes.start({ instance: a.instance });
  b = await nodes.start({ instance: b.instance });
  await eventually([a, b], () => a.engine.open.length + b.engine.open.length === 1, "one call");
  await eventually([a, b], async () => (await statusOf(a, id)).poisoned, "its being set aside");
  for (const node of [a, b]) {
    const { status, poisoned: why } = await statusOf(node, id);
    assert.deepEqual([status, why], ["suspended", { deaths: 2, reason: STUCK }]);
    for (const call of node.engine.open) call.resolve({});
  }
  await eventually(
    [a, b],
    async () => (await statusOf(b, good.workflow_id)).status === "completed",
    "the other's end",
  );
});

test("a node that starts and one that stops change nothing of what others note", async () => {
  const { workflow_id: id } = await a.engine.run(STEPS, { wait_ms: 0 });
  const { runNo } = (await a.store.runHead(id))!;
  await a.store.suspect(runNo, STUCK);
  await b.store.close();
  b = await nodes.start({ instance: b.instance });
  const rows = await nodes.database.rows("SELECT deaths, doing FROM suspects");
  assert.deepEqual(rows, [{ deaths: 0, doing: STUCK }]);
});

test("a signal that is not for a poisoned run is refused wherever it comes, and loads nothing", async () => {
  const id = await poisoned();
  b = await nodes.start({ instance: b.instance });
  const data = (node: Node) =>
    node.engine.opcode.signal({
      workflow_id: id,
      signal_type: "data",
      step_id: "call",
      agent_id: "x",
    });
  const refused = async (node: Node) => {
    await assert.rejects(answered([a, b], data(node)), { code: "CONFLICT", message: POISONED });
  };
  await refused(a);
  await refused(b);
  await nodes.die(a);
  // Nobody has told this one yet.
  await refused(b);
  assert.equal(await owner(), b.instance);
  assert.deepEqual([...a.engine.calls, ...b.engine.calls], []);
});

test("a poisoned run whose node is gone stays so: its timers load it nowhere", async () => {
  const wait = { id: "wait", type: "wait", config: { duration: "60s" } };
  const id = await poisoned([...STEPS, wait]);
  b = await nodes.start({ instance: b.instance });
  await nodes.die(a);
  await eventually([b], async () => await owner() === b.instance, "its timer's being noticed");
  b.engine.clock.advance(60_000);
  const { poisoned: why, steps } = await statusOf(b, id);
  assert.deepEqual([why?.deaths, steps!.wait!.status], [2, "suspended"]);
  assert.deepEqual(b.engine.calls, []);
});

for (const which of ["another node", "the next node"] as const) {
  test(`${which} is told to retry it: it goes on, with a clean slate`, async () => {
    const id = await poisoned();
    b = await nodes.start({ instance: b.instance });
    if (which === "the next node") await nodes.die(a);
    const request = { workflow_id: id, signal_type: "retry", wait_ms: 0 } as const;
    assert.equal((await answered([a, b], b.engine.opcode.signal(request))).ok, true);
    const there = which === "another node" ? a : b;
    await goesOn(there, 1);
    const { status, poisoned: why } = await statusOf(b, id);
    assert.deepEqual([status, why], ["active", undefined]);
    await dieOf(there, id);
    const last = await nodes.start();
    await goesOn(last, 1);
    assert.equal((await statusOf(last, id)).status, "active", "one more death is its first");
  });
}
