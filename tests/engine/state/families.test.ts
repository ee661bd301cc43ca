// How wide one run may spread through workflow.run, over crashes and lost commits too.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { Families } from "../../../engine/state/families.ts";
import { emptyHandOver } from "../../../engine/store/store.ts";
import { openTestEngine, pass, settle, type TestEngine, until } from "../../support/test-engine.ts";

const children = (count: number, template_name: string, more: JsonObject = {}): JsonObject[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `c${i}`,
    action: "workflow.run",
    params: { template_name },
    ...more,
  }));

const waiting = [{ id: "a", action: "test.repeatable" }];

/** How the run's steps stand: how many of each status. */
async function tally(engine: TestEngine, id: string): Promise<Record<string, number>> {
  const { steps } = await engine.opcode.status(id);
  const counts: Record<string, number> = {};
  for (const { status } of Object.values(steps)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function runsOf(engine: TestEngine): Promise<JsonObject[]> {
  const { rows } = await engine.opcode.query({ resource: "workflows", filter: { limit: 1_000 } });
  return rows as unknown as JsonObject[];
}

test("a child beyond the limit fails its step with an error that names the limit", async () => {
  const engine = await openTestEngine({ limits: { maxDescendants: 3 } });
  await engine.define("kid", waiting);
  const { workflow_id } = await engine.run(children(5, "kid"), { wait_ms: 0 });
  await until(async () => (await tally(engine, workflow_id)).failed === 2, "the refused");
  assert.deepEqual(await tally(engine, workflow_id), { running: 3, failed: 2 });
  const { steps } = await engine.opcode.status(workflow_id);
  const refused = Object.values(steps).find(({ status }) => status === "failed");
  assert.equal(refused!.error!.code, "EXECUTION_ERROR");
  assert.match(refused!.error!.message, /at most 3 unfinished workflows below it/);
  assert.equal((await runsOf(engine)).length, 4);
});

test("a retry paces a fan-out that is wider than the limit", async () => {
  const engine = await openTestEngine({ limits: { maxDescendants: 2 } });
  await engine.define("kid", [{ id: "a", action: "test.echo" }]);
  const retry = { max: 5, delay: "1s", backoff: "none" };
  const { workflow_id } = await engine.run(children(6, "kid", { retry }), { wait_ms: 0 });
  const status = async () => (await engine.opcode.status(workflow_id)).status;
  for (let round = 0; round < 5 && await status() !== "completed"; round++) {
    await settle();
    await pass(engine, 1_000);
  }
  assert.equal(await status(), "completed");
  assert.equal((await runsOf(engine)).length, 7);
});

test("a bomb of workflows that start themselves is bounded in all its depth, and ends", async () => {
  const engine = await openTestEngine({ limits: { maxDescendants: 40 } });
  let most = 0;
  engine.opcode.subscribe(() => {
    void engine.store.unfinishedChildren().then((rows) => most = Math.max(most, rows.length));
  });
  await engine.define("bomb", children(3, "bomb"));
  const reply = await engine.opcode.run({ template_name: "bomb", agent_id: "test" });
  assert.equal(reply.status, "failed");
  assert.match(
    JSON.stringify(reply.error),
    /at most 40 unfinished workflows|nested deeper than 10/,
  );
  assert.ok(most > 20 && most <= 40, `${most} at once`);
  await until(async () => (await engine.store.unfinishedChildren()).length === 0, "the end of all");
});

test("families do not share their places", async () => {
  const engine = await openTestEngine({ limits: { maxDescendants: 2 } });
  await engine.define("kid", waiting);
  const first = await engine.run(children(2, "kid"), { wait_ms: 0 });
  const second = await engine.run(children(2, "kid"), { wait_ms: 0 });
  await until(async () => (await runsOf(engine)).length === 6, "both families");
  assert.deepEqual(await tally(engine, first.workflow_id), { running: 2 });
  assert.deepEqual(await tally(engine, second.workflow_id), { running: 2 });
});

test("after a crash the children that live on still count, at all depths", async () => {
  let engine = await openTestEngine({ limits: { maxDescendants: 3 } });
  await engine.define("kid", waiting);
  await engine.define("middle", children(1, "kid"));
  const { workflow_id } = await engine.run([
    { id: "open", action: "test.repeatable" },
    ...children(1, "middle"),
    ...children(2, "kid", { depends_on: ["open"] }).map((step, i) => ({ ...step, id: `d${i}` })),
  ], { wait_ms: 0 });
  await engine.called("a");
  engine = await engine.crash();
  (await engine.called("open")).resolve(null);
  await until(async () => (await tally(engine, workflow_id)).failed === 1, "the refused");
  assert.deepEqual(await tally(engine, workflow_id), { completed: 1, running: 2, failed: 1 });
});

test("a child whose row was refused gives its place back", async () => {
  const engine = await openTestEngine({ limits: { maxDescendants: 1 } });
  await engine.define("kid", [{ id: "a", action: "test.echo" }]);
  let refusals = 0;
  engine.store.options.refuse = (handOver) =>
    handOver.creates.some(({ parentRunNo }) => parentRunNo !== null) && refusals++ === 0;
  const { workflow_id } = await engine.run(children(1, "kid"), { wait_ms: 0 });
  const status = async () => (await engine.opcode.status(workflow_id)).status;
  await until(async () => await status() === "completed", "the end");
  assert.equal(refusals, 2);
});

const ended = (runNo: number) => ({
  ...emptyHandOver(),
  updates: [{ runNo, status: "completed" as const }] as never,
});

test("what is restored counts once, however often, and not if it has ended meanwhile", async () => {
  const families = new Families(3);
  assert.ok(families.admit(1, 2));
  const store = {
    async unfinishedChildren() {
      // Read before, and told after it has ended.
      families.committed(ended(4));
      return [{ runNo: 2, parentRunNo: 1 }, { runNo: 3, parentRunNo: 2 }, {
        runNo: 4,
        parentRunNo: 2,
      }];
    },
  };
  await families.restore(store);
  await families.restore(store);
  assert.ok(families.admit(1, 5), "two are there");
  assert.ok(!families.admit(3, 6), "three are");
  families.leave(2);
  assert.ok(families.admit(3, 6));
});
