// Whether a run that processes died of is set aside, what it can still be told, and who is never blamed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertFoldMatchesRows } from "../../support/fold-check.ts";
import { createMemoryStore } from "../../support/memory-store.ts";
import { echo, external } from "../../support/steps.ts";
import { openTestEngine, pass, settle, type TestEngine, until } from "../../support/test-engine.ts";
import { Suspects } from "../../../engine/actor/suspects.ts";
import { Share } from "../../../engine/memory/share.ts";

const STEPS = [echo("a"), external("b", { depends_on: ["a"] })];

/** The process dies in the middle of something that was noted of the run. */
async function dieOf(engine: TestEngine, id: string): Promise<TestEngine> {
  const { runNo } = (await engine.store.runHead(id))!;
  await engine.store.suspect(runNo, "it was being loaded");
  return await engine.crash();
}

/** A run that two processes died of, the second while it was loading it. */
async function poisoned(steps = STEPS) {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run(steps, { wait_ms: 0 });
  await settle();
  const { runNo } = (await engine.store.runHead(id))!;
  await engine.store.suspect(runNo, "it held much of a heap that was nearly full");
  const store = engine.store.crash();
  await store.countDeaths();
  await store.suspect(runNo, "it was being loaded");
  const { clock } = engine;
  return { id, third: await openTestEngine({ clock, store: store.crash() }) };
}

test("after the second death a run is suspended as poisoned, with the reason, and not loaded", async () => {
  const { id, third } = await poisoned([
    echo("a"),
    { id: "b", action: "test.repeatable", depends_on: ["a"] },
  ]);
  const status = await third.opcode.status(id);
  assert.equal(status.status, "suspended");
  assert.deepEqual(status.poisoned, { deaths: 2, reason: "it was being loaded" });
  await pass(third, 60_000);
  assert.deepEqual(third.calls, []);
  await assertFoldMatchesRows(third.store, id);
});

test("after the first it is loaded as ever, and what ends is forgotten", async () => {
  const engine = await openTestEngine();
  const repeatable = [{ id: "b", action: "test.repeatable" }];
  const { workflow_id: id } = await engine.run(repeatable, { wait_ms: 0 });
  await engine.called("b");
  const second = await dieOf(engine, id);
  (await second.called("b")).resolve({});
  await until(async () => (await second.opcode.status(id)).status === "completed", "its end");
  const third = await dieOf(second, id);
  assert.equal((await third.opcode.status(id)).status, "completed");
});

test("its timers do not load it, and a retry goes on from where it stood", async () => {
  const { id, third } = await poisoned([
    { id: "w", type: "wait", config: { duration: "10s" } },
  ]);
  await pass(third, 20_000);
  const { status, poisoned: why } = await third.opcode.status(id);
  assert.deepEqual([status, why?.deaths], ["suspended", 2]);
  const reply = await third.opcode.signal({ workflow_id: id, signal_type: "retry" });
  assert.equal((reply as { status?: string }).status, "completed");
});

test("retry without a step lets it try again, after what is uncertain was answered for", async () => {
  const { id, third } = await poisoned();
  const reply = await third.opcode.signal({ workflow_id: id, signal_type: "retry" });
  assert.deepEqual(reply.interrupted, ["b"]);
  assert.equal((await third.opcode.status(id)).poisoned, undefined);
  const ended = third.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "b" });
  (await third.called("b")).resolve({});
  assert.equal((await ended as { status?: string }).status, "completed");
  await assertFoldMatchesRows(third.store, id);
  // It has a clean slate: one more death is its first.
  assert.deepEqual(await third.store.countDeaths(), []);
});

test("cancel ends it", async () => {
  const { id, third } = await poisoned();
  await third.opcode.signal({ workflow_id: id, signal_type: "cancel" });
  assert.equal((await third.opcode.status(id)).status, "cancelled");
  assert.deepEqual(await third.store.countDeaths(), []);
});

test("nothing else reaches it, and it is not loaded to say so", async () => {
  const { id, third } = await poisoned();
  for (const signal_type of ["data", "skip", "decision"] as const) {
    await assert.rejects(
      third.opcode.signal({ workflow_id: id, signal_type, step_id: "b", agent_id: "ann" }),
      { code: "CONFLICT", message: /poisoned: retry lets it try again, cancel ends it/ },
    );
  }
});

test("ordinary runs are never noted, however often the process is killed", async () => {
  let engine = await openTestEngine();
  const repeatable = [echo("a"), { id: "b", action: "test.repeatable", depends_on: ["a"] }];
  await engine.define("w", repeatable);
  const ids: string[] = [];
  for (let n = 0; n < 50; n++) {
    const request = { template_name: "w", agent_id: "a", wait_ms: 0 };
    ids.push((await engine.opcode.run(request)).workflow_id);
  }
  for (let kill = 0; kill < 5; kill++) {
    engine = await engine.crash();
    assert.deepEqual(await engine.store.countDeaths(), []);
  }
  for (const id of ids) assert.equal((await engine.opcode.status(id)).status, "active");
});

test("a run too large to be loaded is set aside at once, and stays so", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run(
    [echo("a"), external("b")],
    { wait_ms: 0, params: { text: "x".repeat(300_000) } },
  );
  await engine.called("b");
  const limits = { totalBytes: 500_000, agentBytes: 400_000, runBytes: 400_000 };
  const small = await openTestEngine({ store: engine.store.crash(), limits });
  const { status, poisoned: why } = await small.opcode.status(id);
  assert.equal(status, "suspended");
  assert.match(why!.reason, /^to load it would take \d+ bytes .* memory\.total$/);
  const again = await small.crash();
  await pass(again, 60_000);
  assert.equal((await again.opcode.status(id)).poisoned?.deaths, 0);
  assert.deepEqual(again.calls, []);
});

test("those that hold most of a full heap are noted, and cleared once it has room", async () => {
  const store = createMemoryStore();
  const engine = await openTestEngine({ store });
  const { workflow_id } = await engine.run([external("x")], { wait_ms: 0 });
  const { runNo } = (await store.runHead(workflow_id))!;
  const heap = { used: 50, limit: 100 };
  const suspects = new Suspects(store, engine.clock, () => heap);
  const large = new Share();
  Object.assign(large, { runNo, held: 50 });
  const small = new Share();
  Object.assign(small, { runNo: runNo + 1, held: 1 });
  const noted = async () => (await store.crash().countDeaths()).map((suspect) => suspect.runNo);
  suspects.look(() => [small, large], 20);
  await store.suspect(runNo, null);
  suspects.look(() => [small, large], 40);
  heap.used = 60;
  await settle();
  assert.deepEqual(await noted(), [runNo]);
});
