// What happens around a hand-over that the store refuses: nothing hangs, nothing due is forgotten.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import { type Random, systemRandom } from "../../../core/ids.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  settle,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

const external = (id: string, more = {}) => ({ id, action: "test.external", ...more });
const echo = (id: string, more = {}) => ({ id, action: "test.echo", ...more });

/** Lets the oldest commit through and everything that follows from it happen. */
async function commitOne(engine: TestEngine): Promise<void> {
  await until(() => engine.store.held > 0, "a commit");
  engine.store.step();
  await settle();
}

/** Of two hand-overs on their way, the calls a and b, the first is refused, the second unanswered. */
async function lose(engine: TestEngine): Promise<TestEngine["store"]["options"]> {
  await until(() => engine.calls.length === 2, "both calls");
  await settle();
  const { options } = engine.store;
  options.hold = true;
  (await engine.called("a")).resolve(1);
  await settle();
  (await engine.called("b")).resolve(2);
  await settle();
  let refused = 0;
  options.refuse = () => refused++ === 0;
  await commitOne(engine);
  return options;
}

test("a signal to a run that is being lost is answered by its successor", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([external("a"), external("b")], { wait_ms: 0 });
  const options = await lose(engine);
  const cancelled = engine.opcode.signal({ workflow_id: id, signal_type: "cancel" });
  await settle();
  options.hold = false;
  await commitOne(engine);
  assert.equal((await cancelled).ok, true);
  assert.equal((await engine.opcode.status(id)).status, "cancelled");
  await eventsOf(engine, id);
});

test("a signal that its run had not applied when it was lost waits with the successor", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run(
    [external("a"), external("b"), { id: "c", type: "reasoning", config: { prompt_context: "?" } }],
    { wait_ms: 0, definition: { on_interrupt: "resume" } },
  );
  const options = await lose(engine);
  const decided = engine.opcode.signal({
    workflow_id: id,
    signal_type: "decision",
    step_id: "c",
    payload: { choice: "go" },
    agent_id: "test",
    wait_ms: 1_000,
  });
  await settle();
  options.hold = false;
  await commitOne(engine);
  // It is applied by the run that was read again, which has to call a and b anew.
  await until(() => engine.calls.length === 4, "both calls again");
  (await engine.called("a")).resolve(1);
  (await engine.called("b")).resolve(2);
  const { status, ok } = await decided;
  assert.deepEqual({ status, ok }, { status: "completed", ok: true });
});

test("a caller whose start is stored waits on when a later turn is lost", async () => {
  const engine = await openTestEngine();
  const run = engine.run([echo("a"), external("b", { depends_on: ["a"] })], {
    definition: { on_interrupt: "resume" },
  });
  await engine.called("b");
  let refused = 0;
  engine.store.options.refuse = () => refused++ === 0;
  (await engine.called("b")).resolve(1);
  await until(() => engine.calls.length === 2, "the call after the loss");
  engine.open.at(-1)!.resolve(2);
  assert.deepEqual((await run).output, 2);
});

describe("a turn that throws", () => {
  const child = (id: string) => ({
    id,
    action: "workflow.run",
    params: { template_name: "child" },
  });

  /** Two children of one run: the first is handed over, the turn that starts the second throws. */
  async function breakSecond(more: { wait_ms: number }) {
    let broken = false;
    const random: Random = {
      bytes(length) {
        const isBroken = broken;
        broken = false;
        if (isBroken) throw new Error("a bug");
        return systemRandom.bytes(length);
      },
    };
    /** The next run that is started is not: no id can be made for it. */
    const failOnce = () => void (broken = true);
    const engine = await openTestEngine({ random });
    await engine.define("child", [external("x")]);
    const { store } = engine;
    const parent = engine.run(
      [child("a"), { ...child("b"), condition: "true", depends_on: ["go"] }, external("go")],
      more,
    );
    await engine.called("go");
    return { engine, store, parent, failOnce };
  }

  test("leaves the hand-overs before it their own answers: children run, signals are heard", async () => {
    const { engine, store, parent, failOnce } = await breakSecond({ wait_ms: 0 });
    const { workflow_id: id } = await parent;
    store.options.hold = true;
    const noted = engine.opcode.signal({
      workflow_id: id,
      signal_type: "data",
      payload: { hello: "there" },
    });
    await settle();
    failOnce();
    (await engine.called("go")).resolve(null);
    await settle();
    store.options.hold = false;
    await commitOne(engine);
    assert.equal((await noted).ok, true);
  });

  test("is tried again by itself, later, and does not take the caller's answer with it", async () => {
    const { engine, parent, failOnce } = await breakSecond({ wait_ms: 60_000 });
    failOnce();
    (await engine.called("go")).resolve(null);
    await settle();
    await pass(engine, 1_000);
    await until(
      () => engine.open.filter(({ stepId }) => stepId === "x").length === 2,
      "both children",
    );
    for (const call of [...engine.open]) if (call.stepId === "x") call.resolve("done");
    const { status, output } = await parent;
    assert.deepEqual({ status, output }, {
      status: "completed",
      output: { a: "done", b: "done" },
    });
  });

  test("refuses the signals that it took; those behind it are the successor's", async () => {
    const { engine, store, parent, failOnce } = await breakSecond({ wait_ms: 0 });
    const { workflow_id: id } = await parent;
    store.options.hold = true;
    const first = engine.opcode.signal({
      workflow_id: id,
      signal_type: "data",
      payload: { n: 1 },
    });
    await settle();
    failOnce();
    (await engine.called("go")).resolve(null);
    await settle();
    // Lost by now, but the first signal's hand-over is still on its way.
    const behind = engine.opcode.signal({ workflow_id: id, signal_type: "cancel" });
    await settle();
    store.options.hold = false;
    await commitOne(engine);
    assert.equal((await first).ok, true);
    assert.equal((await behind).ok, true);
    assert.equal((await engine.opcode.status(id)).status, "cancelled");
  });
});

test("a timer whose turn is refused is not forgotten", async () => {
  const engine = await openTestEngine();
  const paused = await engine.run([
    { id: "a", action: "test.fail", params: { times: 1 }, retry: { max: 1, delay: "1h" } },
  ]);
  assert.equal(paused.status, "suspended");
  let refused = 0;
  engine.store.options.refuse = () => refused++ === 0;
  await pass(engine, 3_600_000);
  const ended = async () => (await engine.opcode.status(paused.workflow_id)).status === "completed";
  await until(ended, "the retry");
  assert.ok(refused > 0);
});

test("a timer of a run that cannot be read for a while is not forgotten", async () => {
  const engine = await openTestEngine();
  const paused = await engine.run([
    { id: "a", action: "test.fail", params: { times: 1 }, retry: { max: 1, delay: "1h" } },
  ]);
  const { readRun } = engine.store;
  let failed = 0;
  engine.store.readRun = (...args) =>
    failed++ < 3 ? Promise.reject(new Error("I/O")) : readRun.apply(engine.store, args);
  await pass(engine, 3_600_000);
  for (let s = 0; s < 8; s++) await pass(engine, 1_000);
  assert.ok(failed > 3);
  assert.equal((await engine.opcode.status(paused.workflow_id)).status, "completed");
});

test("a signal to a run that cannot be read is answered so", async () => {
  const engine = await openTestEngine();
  const paused = await engine.run([
    { id: "a", action: "test.fail", params: { times: 1 }, retry: { max: 1, delay: "1h" } },
  ]);
  engine.store.readRun = () => Promise.reject(new Error("I/O"));
  await assert.rejects(
    engine.opcode.signal({ workflow_id: paused.workflow_id, signal_type: "cancel" }),
  );
});

test("a refused signal is STORE_ERROR and leaves the run as it was; sent again it works", async () => {
  const engine = await openTestEngine();
  const failed = await engine.run([external("a")], { wait_ms: 0 });
  (await engine.called("a")).reject(new Error("boom"));
  const id = failed.workflow_id;
  await until(async () => (await engine.opcode.status(id)).status === "failed", "the failure");
  const before = await eventsOf(engine, id);
  let refused = 0;
  engine.store.options.refuse = () => refused++ === 0;
  const retry = () =>
    engine.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "a", wait_ms: 0 });
  await assert.rejects(retry(), (error: OpcodeError) => error.code === "STORE_ERROR");
  await settle();
  assert.deepEqual(await eventsOf(engine, id), before);
  assert.deepEqual(engine.calls, ["a:1"]);
  assert.equal((await retry()).resumed, true);
  (await engine.called("a")).resolve(1);
  await until(async () => (await engine.opcode.status(id)).status === "completed", "the end");
});

test("a long run loses only what was not stored, and what is lost is done again once", async () => {
  const engine = await openTestEngine();
  const chain = Array.from(
    { length: 1_000 },
    (_, i) => echo(`s${i}`, i > 0 ? { depends_on: [`s${i - 1}`] } : {}),
  );
  await engine.define("w", chain);
  // The third of the run's hand-overs is refused; those that build on it are left out with it.
  let handOvers = 0;
  engine.store.options.refuse = (handOver) => handOver.events.length > 0 && ++handOvers === 3;
  const { status, workflow_id: id } = await engine.opcode.run({
    template_name: "w",
    agent_id: "test",
  });
  assert.equal(status, "completed");
  const events = await eventsOf(engine, id);
  assert.equal(events.filter((event) => event === "step_completed s999").length, 1);
});

test("a start that is refused frees its key", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [external("a")]);
  engine.store.options.hold = true;
  const request = { template_name: "w", agent_id: "test", idempotency_key: "k" };
  const refused = assert.rejects(
    engine.opcode.run(request),
    (error: OpcodeError) => error.code === "STORE_ERROR",
  );
  await settle();
  engine.store.options.refuse = (handOver) => handOver.creates.length > 0;
  await commitOne(engine);
  await refused;
  delete engine.store.options.refuse;
  engine.store.options.hold = false;
  const { status } = await engine.opcode.run({ ...request, wait_ms: 0 });
  assert.equal(status, "active");
  await engine.called("a");
  assert.deepEqual(engine.calls, ["a:1"]);
});
