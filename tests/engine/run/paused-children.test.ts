// How a parent follows a child that pauses and goes on: over crashes, refusals and failures.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  eventsOf,
  openTestEngine,
  pass,
  settle,
  statuses,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

const child = (id: string, template_name: string, more = {}) => ({
  id,
  action: "workflow.run",
  params: { template_name },
  ...more,
});

/** A child that pauses for an hour and a parent that waits for it, both suspended. */
async function pausedPair(engine: TestEngine): Promise<{ parent: string; kid: string }> {
  await engine.define("kid", [
    { id: "a", action: "test.repeatable", retry: { max: 1, delay: "1h" } },
    { id: "b", action: "test.repeatable", depends_on: ["a"] },
  ]);
  const running = engine.run([child("sub", "kid")]);
  (await engine.called("a")).reject(new Error("not yet"));
  const { workflow_id: parent, status } = await running;
  assert.equal(status, "suspended");
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  return { parent, kid: String(rows.find((row) => row.parent_workflow_id === parent)!.id) };
}

async function ends(engine: TestEngine, id: string, status = "completed"): Promise<void> {
  const reached = async () => (await engine.opcode.status(id)).status === status;
  await until(reached, `${id} to be ${status}`);
}

test("a crash at any commit after a paused child goes on leaves a parent that ends with it", async () => {
  for (let commits = 0; commits < 9; commits++) {
    let engine = await openTestEngine();
    const { parent, kid } = await pausedPair(engine);
    const { options } = engine.store;
    engine.store.options.hold = true;
    engine.clock.advance(3_600_000);
    for (let done = 0; done < commits; done++) {
      await settle();
      for (const call of [...engine.open]) call.resolve("done");
      await settle();
      engine.store.step();
    }
    await settle();
    options.hold = false;
    engine = await engine.crash();
    const completed = async (id: string) => {
      for (const call of [...engine.open]) call.resolve("done");
      return (await engine.opcode.status(id)).status === "completed";
    };
    await until(() => completed(kid), `the child's end after a crash at commit ${commits}`);
    await until(() => completed(parent), `the parent's end after a crash at commit ${commits}`);
    assert.equal((await engine.opcode.status(parent)).output, "done");
    await eventsOf(engine, parent);
    await eventsOf(engine, kid);
  }
});

test("a parent whose turn about its paused child is refused still hears of it", async () => {
  for (let nth = 1; nth <= 3; nth++) {
    const engine = await openTestEngine();
    const { parent, kid } = await pausedPair(engine);
    const { runNo } = (await engine.store.runHead(parent))!;
    let touched = 0;
    engine.store.options.refuse = ({ updates, timers }) => {
      const about = updates.some((row) => row.runNo === runNo) ||
        timers.some((row) => row.runNo === runNo && row.dueAt === null);
      return about && ++touched === nth;
    };
    await pass(engine, 3_600_000);
    (await engine.called("a")).resolve("now");
    (await engine.called("b")).resolve("done");
    await ends(engine, kid);
    await until(
      async () => (await engine.opcode.status(parent)).status === "completed",
      `the parent's end when its turn ${nth} is refused`,
    );
    await eventsOf(engine, parent);
  }
});

test("a child that pauses beside a failure is cancelled with its step", async () => {
  const engine = await openTestEngine();
  await engine.define("kid", [
    { id: "a", action: "test.external", retry: { max: 1, delay: "1h" } },
  ]);
  const running = engine.run([child("sub", "kid"), { id: "bad", action: "test.external" }]);
  const call = await engine.called("a");
  (await engine.called("bad")).reject(new Error("boom"));
  await settle();
  call.reject(new Error("later"));
  const reply = await running;
  assert.equal(reply.status, "failed");
  assert.deepEqual(statuses(reply), { sub: "skipped", bad: "failed" });
  const { rows } = await engine.opcode.query({
    resource: "workflows",
    filter: { template_name: "kid" },
  });
  await ends(engine, String(rows[0]!.id), "cancelled");
});

test("an interrupted parent's child goes on; its end counts once the parent is answered", async () => {
  let engine = await openTestEngine();
  await engine.define("kid", [{ id: "a", action: "test.repeatable" }]);
  const { workflow_id: parent } = await engine.run([
    child("sub", "kid"),
    { id: "pay", action: "test.external" },
    { id: "end", action: "test.echo", depends_on: ["sub", "pay"] },
  ], { wait_ms: 0 });
  await until(() => engine.calls.length === 2, "both calls");
  await settle();
  engine = await engine.crash();
  assert.deepEqual((await engine.opcode.status(parent)).interrupted, ["pay"]);
  (await engine.called("a")).resolve("done");
  await settle();
  const waiting = await engine.opcode.status(parent);
  assert.equal(waiting.status, "suspended");
  const reply = await engine.opcode.signal({
    workflow_id: parent,
    signal_type: "skip",
    step_id: "pay",
  });
  assert.deepEqual(statuses(reply), { sub: "completed", pay: "skipped", end: "completed" });
  await eventsOf(engine, parent);
});
