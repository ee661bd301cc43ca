// Whether a wait that keeps signals takes those that came before it began, each once and in order.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import type { SignalReply } from "../../../engine/api.ts";
import { external, wait } from "../../support/steps.ts";
import { openTestEngine, pass, statuses, type TestEngine } from "../../support/test-engine.ts";

const KEEP = { signal: "go", signals: "keep" };

function send(engine: TestEngine, workflow_id: string, more: JsonObject): Promise<SignalReply> {
  return engine.opcode.signal({ workflow_id, signal_type: "data", wait_ms: 0, ...more });
}

/** A run that works at `work` before what follows it begins. */
async function working(...steps: JsonObject[]): Promise<{ engine: TestEngine; id: string }> {
  const engine = await openTestEngine();
  const [first, ...others] = steps;
  const { workflow_id: id } = await engine.run(
    [external("work"), { ...first, depends_on: ["work"] }, ...others],
    { wait_ms: 0 },
  );
  await engine.called("work");
  return { engine, id };
}

async function finished(engine: TestEngine, id: string) {
  (await engine.called("work")).resolve(1);
  await pass(engine, 1);
  return await engine.opcode.status(id);
}

for (
  const [how, address] of [
    ["payload.signal", { payload: { signal: "go", k: 1 } }],
    ["payload.name", { payload: { name: "go", k: 1 } }],
    ["its id", { step_id: "w", payload: { k: 1 } }],
  ] as const
) {
  test(`data that comes early and names a wait by ${how} is taken when it begins`, async () => {
    const { engine, id } = await working(wait("w", KEEP));
    const reply = await send(engine, id, address);
    assert.deepEqual([reply.met, reply.kept], [[], ["w"]]);
    const { status, steps } = await finished(engine, id);
    assert.equal(status, "completed");
    assert.deepEqual(steps.w!.output, { signal: "go", payload: address.payload });
  });
}

test("status tells what is kept until it is taken, and whether the run goes on or not", async () => {
  const { engine, id } = await working(wait("w", KEEP), wait("other", { signal: "x" }));
  await send(engine, id, { payload: { signal: "go", k: 1 } });
  await send(engine, id, { step_id: "w", payload: { k: 2 } });
  await send(engine, id, { payload: { name: "g".repeat(5_000), signal: "go" } });
  const { kept_signals, events } = await engine.opcode.status(id);
  const told = kept_signals!.map(({ sequence: _, ...rest }) => rest);
  assert.deepEqual(told, [{ signal: "go" }, { step_id: "w" }, { signal: "go" }]);
  const received = events.filter(({ event_type }) => event_type === "signal_received");
  assert.deepEqual(
    kept_signals!.map(({ sequence }) => sequence),
    received.map(({ sequence }) => sequence),
  );
  const { status, kept_signals: left } = await finished(engine, id);
  assert.equal(status, "suspended", "the other wait is open");
  assert.equal(left!.length, 2, "one was taken");
});

test("a name that is long is cut in status, and one of a run that has ended is not told", async () => {
  const { engine, id } = await working(wait("w", { signal: "g".repeat(4_000), signals: "keep" }));
  await send(engine, id, { payload: { signal: "g".repeat(4_000) } });
  const { kept_signals } = await engine.opcode.status(id);
  assert.ok(kept_signals![0]!.signal!.length < 500);
  await engine.opcode.signal({ workflow_id: id, signal_type: "cancel" });
  assert.equal((await engine.opcode.status(id)).kept_signals, undefined);
});

test("without keep, misspelt, or for a wait that is over, nothing is kept", async () => {
  const { engine, id } = await working(wait("w", { signal: "go" }));
  assert.equal((await send(engine, id, { payload: { signal: "go" } })).kept, undefined);
  assert.equal((await finished(engine, id)).status, "suspended");

  const other = await working(wait("w", KEEP), wait("later", { signal: "x" }));
  const misspelt = await send(other.engine, other.id, { payload: { signal: "og" } });
  assert.deepEqual([misspelt.met, misspelt.kept], [[], undefined]);
  const nowhere = send(other.engine, other.id, { step_id: "nowhere", payload: {} });
  await assert.rejects(nowhere, { code: "NOT_FOUND" });
  await send(other.engine, other.id, { payload: { signal: "go" } });
  assert.equal((await finished(other.engine, other.id)).status, "suspended");
  const lates: JsonObject[] = [{ payload: { signal: "go" } }, { step_id: "w", payload: {} }];
  for (const late of lates) {
    const reply = await send(other.engine, other.id, late);
    assert.deepEqual([reply.met, reply.kept], [[], undefined]);
  }
});

test("a wait that keeps signals needs the name of one", async () => {
  const engine = await openTestEngine();
  const { warnings } = await engine.opcode.define({
    name: "t",
    agent_id: "a",
    definition: { steps: [wait("w", { duration: "1s", signals: "keep" })] } as never,
  });
  assert.match(JSON.stringify(warnings), /config\.signals.*is ignored by a wait without signal/);
  const wrong = { steps: [wait("w", { signal: "go", signals: "all" })] } as never;
  await assert.rejects(engine.opcode.define({ name: "u", agent_id: "a", definition: wrong }), {
    code: "VALIDATION_ERROR",
    message: /signals: must be one of keep/,
  });
});

test("a wait that is met takes nothing that is kept for another one", async () => {
  const { engine, id } = await working(wait("w", KEEP), wait("now", { signal: "go" }));
  const met = await send(engine, id, { payload: { signal: "go" } });
  assert.deepEqual([met.met, met.kept], [["now"], undefined]);
  assert.equal((await finished(engine, id)).status, "suspended");
});

test("each iteration takes the oldest, each signal once, over a restart too", async () => {
  const body = [wait("each", KEEP)];
  const { engine, id } = await working({
    id: "loop",
    type: "loop",
    config: { mode: "for_each", over: "[1, 2, 3]", body },
  });
  for (const n of [1, 2]) {
    const reply = await send(engine, id, { payload: { signal: "go", n } });
    assert.deepEqual(reply.kept, ["each"]);
  }
  const after = await engine.crash();
  assert.deepEqual((await send(after, id, { step_id: "each", payload: { n: 3 } })).kept, ["each"]);
  const going = after.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "work" });
  (await after.called("work")).resolve(1);
  const { status, steps } = await going;
  assert.equal(status, "completed");
  const { results } = steps!.loop!.output as { results: { payload: JsonObject }[] };
  assert.deepEqual(results.map(({ payload }) => payload.n), [1, 2, 3]);
});

test("one signal serves the first of two waits of its name", async () => {
  const { engine, id } = await working(wait("w", KEEP), wait("v", KEEP, { depends_on: ["w"] }));
  assert.deepEqual((await send(engine, id, { payload: { signal: "go" } })).kept, ["w", "v"]);
  const { status, steps } = await finished(engine, id);
  assert.deepEqual([status, statuses({ steps })], [
    "suspended",
    { work: "completed", w: "completed", v: "suspended" },
  ]);
});

test("a name that only the start tells is looked for among all that have one", async () => {
  const { engine, id } = await working(
    wait("w", { signal: "go-${{steps.work.output}}", signals: "keep" }),
  );
  await send(engine, id, { payload: { signal: "go-2" } });
  await send(engine, id, { payload: { signal: "go-1", k: 1 } });
  const { steps } = await finished(engine, id);
  assert.deepEqual(steps.w!.output, { signal: "go-1", payload: { signal: "go-1", k: 1 } });
});

test("what is kept for a wait retries nothing of what was interrupted", async () => {
  const { engine, id } = await working(wait("w", KEEP));
  const after = await engine.crash();
  const reply = await send(after, id, { payload: { name: "go" } });
  assert.deepEqual([reply.kept, reply.rerun, reply.interrupted], [["w"], undefined, ["work"]]);
});

test("a failed run that is retried has what it kept; a fork begins with none", async () => {
  const { engine, id } = await working(wait("w", KEEP));
  await send(engine, id, { payload: { signal: "go", k: 1 } });
  (await engine.called("work")).reject(new Error("no"));
  await pass(engine, 1);
  assert.equal((await engine.opcode.status(id)).status, "failed");
  const after = await engine.crash();
  const fork = after.opcode.run({ from_run: id, from_step: "work", agent_id: "a", wait_ms: 1_000 });
  (await after.called("work")).resolve(1);
  assert.equal((await fork).status, "suspended");
  const going = after.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "work" });
  (await after.called("work")).resolve(1);
  assert.equal((await going).status, "completed");
});

test("a run keeps 100 signals, and a mebibyte of them; the refusal names the limit", async () => {
  const { engine, id } = await working(wait("w", KEEP));
  for (let n = 0; n < 100; n++) await send(engine, id, { payload: { signal: "go", n } });
  await assert.rejects(send(engine, id, { payload: { signal: "go", n: 100 } }), {
    code: "CONFLICT",
    message: /keeps 100 data signals .* it may have 100, of 1048576 characters/,
  });
  // What is for nobody's wait is as welcome as before.
  assert.deepEqual((await send(engine, id, { payload: { k: 1 } })).met, []);
  const large = await working(wait("w", KEEP));
  const payload = { signal: "go", text: "x".repeat(600_000) };
  assert.deepEqual((await send(large.engine, large.id, { payload })).kept, ["w"]);
  await assert.rejects(send(large.engine, large.id, { payload }), { code: "CONFLICT" });
  assert.equal((await finished(large.engine, large.id)).status, "completed");
});
