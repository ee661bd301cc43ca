// What a data signal is for: the wait that it names, or all of the run, never something else.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { ask, echo, external, failing, parallel, wait } from "../../support/steps.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  statuses,
  type TestEngine,
} from "../../support/test-engine.ts";

function send(engine: TestEngine, workflow_id: string, more: JsonObject) {
  return engine.opcode.signal({ workflow_id, signal_type: "data", wait_ms: 0, ...more });
}

/** A run with an interrupted step and two waits. */
async function interrupted(): Promise<{ engine: TestEngine; id: string }> {
  const before = await openTestEngine();
  const { workflow_id: id } = await before.run([
    external("pay"),
    wait("w", { signal: "go" }),
    wait("v", { signal: "other" }),
  ], { wait_ms: 0 });
  await before.called("pay");
  return { engine: await before.crash(), id };
}

for (
  const [how, address] of [
    ["its full id", { step_id: "w" }],
    ["payload.signal", { payload: { signal: "go" } }],
    ["payload.name", { payload: { name: "go" } }],
  ] as const
) {
  test(`data that names a wait by ${how} answers that wait and retries nothing`, async () => {
    const { engine, id } = await interrupted();
    const reply = await send(engine, id, address);
    assert.deepEqual(
      [reply.met, reply.rerun, reply.interrupted, reply.waiting_signals],
      [["w"], undefined, ["pay"], [{ step_id: "v", signal: "other" }]],
    );
    assert.deepEqual(engine.calls, []);
    const { steps, status } = await engine.opcode.status(id);
    assert.deepEqual(
      [status, statuses({ steps })],
      ["suspended", { pay: "running", w: "completed", v: "suspended" }],
    );
    // The wait's answer is kept until somebody has answered for the step.
    const retried = engine.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "pay" });
    (await engine.called("pay")).resolve(1);
    assert.equal((await retried).status, "suspended");
    assert.equal((await send(engine, id, { step_id: "v", wait_ms: 1_000 })).status, "completed");
  });
}

for (
  const [how, address] of [
    ["a misspelt signal", { payload: { signal: "goo" } }],
    ["a step that does not wait", { step_id: "pay", payload: { k: 1 } }],
  ] as const
) {
  test(`data for ${how} retries nothing either, and says what waits`, async () => {
    const { engine, id } = await interrupted();
    const reply = await send(engine, id, address);
    assert.deepEqual([reply.met, reply.rerun, reply.interrupted], [[], undefined, ["pay"]]);
    assert.deepEqual(reply.waiting_signals, [
      { step_id: "w", signal: "go" },
      { step_id: "v", signal: "other" },
    ]);
    assert.deepEqual(engine.calls, []);
  });
}

test("data for a wait that comes later is told to be lost to it, and a slip which name was meant", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([
    external("pay"),
    wait("gate", { signal: "open" }, { depends_on: ["pay"] }),
  ], { wait_ms: 0 });
  await engine.called("pay");
  const hint = async (more: JsonObject) => (await send(engine, id, more)).hint;
  const lost =
    'the wait "gate" for the signal "open" has not begun, and this is lost to it: send ' +
    'it again then, or define the wait with signals: "keep"';
  assert.equal(await hint({ payload: { signal: "open" } }), lost);
  assert.equal(await hint({ step_id: "gate" }), lost);
  assert.match((await hint({ payload: { signal: "opne" } }))!, /"opne"; did you mean "open"\?/);
  assert.equal(await hint({ payload: { k: 1 } }), undefined);
  const next = await engine.crash();
  const { hint: told } = await send(next, id, { payload: { signal: "close" } });
  assert.match(told!, /"pay" was interrupted, and waits for signal_type retry or skip/);
});

test("data that names nothing says retry of all that is interrupted", async () => {
  const { engine, id } = await interrupted();
  const reply = await send(engine, id, { payload: { name: "bob", k: 1 } });
  assert.deepEqual([reply.met, reply.rerun], [[], ["pay"]]);
  (await engine.called("pay")).resolve(1);
});

test("a misspelt or early signal is seen in its answer", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([
    wait("w", { signal: "first" }),
    wait("later", { signal: "second" }, { depends_on: ["w"] }),
  ]);
  for (const signal of ["frist", "second"]) {
    const reply = await send(engine, id, { payload: { signal } });
    assert.deepEqual([reply.met, reply.waiting_signals], [[], [{ step_id: "w", signal: "first" }]]);
  }
  const reply = await send(engine, id, { payload: { signal: "first" } });
  assert.deepEqual(reply.met, ["w"]);
  const last = await send(engine, id, { payload: { signal: "second" }, wait_ms: 1_000 });
  assert.deepEqual([last.met, last.status, last.waiting_signals], [
    ["later"],
    "completed",
    undefined,
  ]);
  const none = await engine.run([external("a")], { wait_ms: 0 });
  const alone = await send(engine, none.workflow_id, { payload: { k: 1 } });
  assert.deepEqual([alone.met, alone.waiting_signals], [[], []]);
});

test("data that meets nothing does not renew a run's time; data for nobody in particular does", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([external("a"), wait("w", { signal: "go" })], {
    wait_ms: 0,
    definition: { timeout: "10s", on_timeout: "suspend" },
  });
  await engine.called("a");
  await pass(engine, 11_000);
  assert.equal((await engine.opcode.status(id)).timed_out, true);
  const lost = await send(engine, id, { payload: { signal: "og" } });
  assert.deepEqual(lost.waiting_signals, [{ step_id: "w", signal: "go" }]);
  assert.equal((await engine.opcode.status(id)).timed_out, true);
  await send(engine, id, { payload: {} });
  assert.equal((await engine.opcode.status(id)).timed_out, undefined);
});

test("data that meets no wait says what it would have met", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([
    wait("w1", { signal: "go" }),
    wait("w2", { signal: "stop" }),
    echo("done"),
  ]);
  const hint = async (more: JsonObject) => (await send(engine, id, more)).hint;
  assert.deepEqual(
    [
      await hint({ payload: { signal: "Go" } }),
      await hint({ payload: { name: "bob" } }),
      await hint({ payload: { k: 1 } }),
      await hint({ step_id: "done", payload: {} }),
    ],
    [
      'no wait has the signal "Go"; did you mean "go"? There are go, stop',
      'no wait has the signal "bob"; there are go, stop',
      "it names no wait by step_id or payload.signal; there are go, stop",
      'step "done" waits for no signal; there are w1, w2',
    ],
  );
  assert.deepEqual((await send(engine, id, { payload: { signal: "go" } })).hint, undefined);
  assert.deepEqual((await send(engine, id, { payload: { name: "stop" } })).met, ["w2"]);
});

test("data for what waits for a decision says so", async () => {
  const engine = await openTestEngine();
  const asked = await engine.run([ask("q")]);
  const { decision_id } = asked.pending_decisions![0]!;
  const told = `for a decision: send signal_type decision, decision_id ${decision_id}`;
  const hint = async (more: JsonObject) => (await send(engine, asked.workflow_id, more)).hint;
  assert.equal(await hint({ step_id: "q" }), `step "q" waits ${told}`);
  assert.equal(
    await hint({ payload: { choice: "yes" } }),
    `no step waits for data, and the workflow waits ${told}`,
  );
});

test("data whose step waits for another signal than it names is refused", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([
    wait("w1", { signal: "go" }),
    wait("w2", { signal: "stop" }),
  ]);
  await assert.rejects(send(engine, id, { step_id: "w1", payload: { signal: "stop" } }), {
    code: "VALIDATION_ERROR",
    message: 'payload.signal: is "stop", but step "w1" waits for "go": name one wait, by step_id ' +
      "or by payload.signal",
  });
  const { steps } = await engine.opcode.status(id);
  assert.deepEqual(statuses({ steps }), { w1: "suspended", w2: "suspended" });
  assert.deepEqual((await send(engine, id, { step_id: "w1", payload: { signal: "go" } })).met, [
    "w1",
  ]);
});

test("a wait that the end of another has ended and reset in the same turn is not met", async () => {
  const engine = await openTestEngine();
  const waits = ["a", "b"].map((id) => [wait(id, { signal: "stop" })]);
  // The failed list waits for the other: when that is over the step begins again.
  const lists = [[parallel("r", waits, "race")], [failing("f")]];
  const steps = [parallel("s", lists, "all", { retry: { max: 1, backoff: "none" } })];
  const { workflow_id } = await engine.run(steps);
  await engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    agent_id: "x",
    payload: { signal: "stop" },
  });
  const events = await eventsOf(engine, workflow_id);
  const ends = events.filter((event) => /^step_completed .*\.[ab]$/.test(event));
  assert.deepEqual(ends, ["step_completed s.branch_0.r.branch_0.a"]);
  const { waiting_signals } = await engine.opcode.status(workflow_id);
  assert.equal(waiting_signals!.length, 2);
});
