// What a stop or a crash leaves of a run: whatever may go on does, whatever is uncertain waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { failing, loop } from "../../support/steps.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  payloadsOf,
  settle,
  statuses,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

const external = (id: string, more = {}) => ({ id, action: "test.external", ...more });
const repeatable = (id: string, more = {}) => ({ id, action: "test.repeatable", ...more });
const echo = (id: string, more = {}) => ({ id, action: "test.echo", ...more });

async function ends(engine: TestEngine, id: string, status: string): Promise<void> {
  const reached = async () => (await engine.opcode.status(id)).status === status;
  await until(reached, `${id} to be ${status}`);
}

async function stopped(engine: TestEngine): Promise<TestEngine> {
  const stop = engine.opcode.stop();
  await settle();
  engine.clock.advance(10_000);
  await stop;
  return await engine.crash();
}

test("a graceful stop marks nothing that may simply run again", async () => {
  let engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([
    repeatable("a"),
    echo("b", { depends_on: ["a"] }),
  ], { wait_ms: 0 });
  await engine.called("a");
  engine = await stopped(engine);
  assert.ok(!(await eventsOf(engine, id)).includes("workflow_suspended"));
  (await engine.called("a")).resolve(1);
  await ends(engine, id, "completed");
});

test("a graceful stop leaves what waits for a slot to the next start", async () => {
  let engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([
    external("a"),
    external("b", { depends_on: ["a"] }),
  ], { wait_ms: 0 });
  const call = await engine.called("a");
  const stop = engine.opcode.stop();
  await settle();
  call.resolve(1);
  await settle();
  engine.clock.advance(10_000);
  await stop;
  engine = await engine.crash();
  (await engine.called("b")).resolve(2);
  await ends(engine, id, "completed");
});

test("a step that was under way beside a failed one ends before the run does, over a crash", async () => {
  let engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([
    repeatable("slow"),
    external("bad"),
    echo("after", { depends_on: ["slow"] }),
  ], { wait_ms: 0 });
  await engine.called("slow");
  (await engine.called("bad")).reject(new Error("boom"));
  await settle();
  engine = await engine.crash();
  await settle();
  assert.equal((await engine.opcode.status(id)).status, "active");
  (await engine.called("slow")).resolve(1);
  await ends(engine, id, "failed");
  const state = await engine.opcode.status(id);
  assert.deepEqual(statuses(state), { slow: "completed", bad: "failed", after: "pending" });
});

test("retry of an interrupted step runs it although another step has failed", async () => {
  let engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([external("slow"), external("bad")], { wait_ms: 0 });
  await engine.called("slow");
  (await engine.called("bad")).reject(new Error("boom"));
  await settle();
  engine = await engine.crash();
  assert.deepEqual((await engine.opcode.status(id)).interrupted, ["slow"]);
  const retried = engine.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "slow" });
  (await engine.called("slow")).resolve(1);
  const reply = await retried;
  assert.equal(reply.status, "failed");
  assert.deepEqual(statuses(reply), { slow: "completed", bad: "failed" });
});

test("a retried step keeps its turn over a crash although another step has failed", async () => {
  let engine = await openTestEngine({ poolSize: 2 });
  const failed = engine.run([external("a"), external("b"), echo("c", { depends_on: ["a"] })]);
  const [a, b] = [await engine.called("a"), await engine.called("b")];
  a.reject(new Error("a"));
  b.reject(new Error("b"));
  const { workflow_id: id, steps } = await failed;
  assert.deepEqual(statuses({ steps: steps! }), { a: "failed", b: "failed", c: "pending" });
  // Somebody else holds all slots while the retry is accepted.
  const other = await engine.opcode.run({ template_name: "w", agent_id: "test", wait_ms: 0 });
  await until(() => engine.open.length === 2, "the other run's calls");
  await engine.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "a", wait_ms: 0 });
  engine = await engine.crash();
  await engine.opcode.signal({ workflow_id: other.workflow_id, signal_type: "cancel" });
  const state = await engine.opcode.status(id);
  if (state.status === "suspended") {
    await engine.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "a", wait_ms: 0 });
  }
  (await engine.called("a")).resolve(1);
  await ends(engine, id, "failed");
  assert.equal((await engine.opcode.status(id)).steps.a!.status, "completed");
});

test("a retried step in its backoff keeps it over a crash although another step has failed", async () => {
  let engine = await openTestEngine();
  const failed = await engine.run([
    { id: "a", action: "test.fail", params: { times: 3 }, retry: { max: 1, delay: "10ms" } },
    { id: "b", action: "test.fail" },
  ], { wait_ms: 0 }).then(async ({ workflow_id }) => {
    await pass(engine, 10);
    return workflow_id;
  });
  await ends(engine, failed, "failed");
  await engine.opcode.signal({
    workflow_id: failed,
    signal_type: "retry",
    step_id: "a",
    wait_ms: 0,
  });
  await settle();
  if ((await engine.opcode.status(failed)).steps.a!.status === "retrying") {
    engine = await engine.crash();
    await settle();
    assert.equal((await engine.opcode.status(failed)).status, "active");
    await pass(engine, 10);
    await ends(engine, failed, "failed");
    assert.equal((await engine.opcode.status(failed)).steps.a!.status, "failed");
  }
  assert.notEqual((await engine.opcode.status(failed)).steps.a!.status, "retrying");
});

test("one run that cannot be loaded does not keep the others from going on", async () => {
  let engine = await openTestEngine();
  await engine.define("bad", [repeatable("a")]);
  await engine.define("good", [repeatable("b")]);
  for (const template_name of ["bad", "good"]) {
    await engine.opcode.run({ template_name, agent_id: "test", wait_ms: 0 });
  }
  await until(() => engine.calls.length === 2, "both");
  const store = engine.store.crash();
  const template = store.template.bind(store);
  store.template = (name, version) =>
    name === "bad" ? Promise.reject(new Error("unreadable")) : template(name, version);
  engine = await openTestEngine({ store, clock: engine.clock });
  await engine.called("b");
});

test("a wait that ended while its run was interrupted ends, though the clock is set back", async () => {
  let engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([
    external("a"),
    { id: "w", type: "wait", config: { duration: "1m" } },
    { id: "q", type: "reasoning", config: { timeout: "1m", fallback: "none" } },
  ], { wait_ms: 0 });
  await engine.called("a");
  engine = await engine.crash();
  await ends(engine, id, "suspended");
  await pass(engine, 61_000);
  engine.clock.advance(-31_000);
  await engine.opcode.signal({
    workflow_id: id,
    signal_type: "skip",
    step_id: "a",
    wait_ms: 0,
  });
  await pass(engine, 20_000);
  assert.equal((await engine.opcode.status(id)).status, "suspended");
  await pass(engine, 40_000);
  await ends(engine, id, "completed");
});

test("a backoff that ended before a slot was free is over, though the clock is set back", async () => {
  let engine = await openTestEngine({ poolSize: 1 });
  const { workflow_id: id } = await engine.run([
    repeatable("a", { retry: { max: 1, delay: "1m" } }),
  ], { wait_ms: 0 });
  (await engine.called("a")).reject(new Error("no"));
  await settle();
  await engine.define("busy", ["b", "c", "d"].map((b) => repeatable(b)));
  await engine.opcode.run({ template_name: "busy", agent_id: "test", wait_ms: 0 });
  await engine.called("b");
  await pass(engine, 61_000);
  engine.clock.advance(-31_000);
  engine = await engine.crash();
  for (let calls = 4; calls > 0; calls--) {
    await until(() => engine.open.length > 0, "a call");
    engine.open[0]!.resolve(1);
  }
  await ends(engine, id, "completed");
});

test("a time limit runs on when a decision makes the interrupted step beside it needless", async () => {
  let engine = await openTestEngine();
  const ask = {
    id: "ask",
    type: "reasoning",
    config: { prompt_context: "?", options: [{ id: "y" }] },
  };
  const race = {
    id: "race",
    type: "parallel",
    config: { mode: "race", branches: [[external("slow")], [ask]] },
  };
  const { workflow_id: id } = await engine.run([{
    id: "rounds",
    type: "loop",
    timeout: "1h",
    config: { mode: "for_each", over: [1, 2], body: [race] },
  }], { wait_ms: 0 });
  await engine.called("rounds.iter_0.race.branch_0.slow");
  engine = await engine.crash();
  assert.equal((await engine.opcode.status(id)).interrupted?.length, 1);
  await engine.opcode.signal({
    workflow_id: id,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "rounds.iter_0.race.branch_1.ask",
    payload: { choice: "y" },
    wait_ms: 0,
  });
  await engine.called("rounds.iter_1.race.branch_0.slow");
  engine.clock.advance(3_700_000);
  await ends(engine, id, "failed");
  assert.match(
    (await engine.opcode.status(id)).error!.message,
    /rounds timed out after its timeout, 1h$/,
  );
});

test("a loop does not go on past an iteration whose fallback at the top has failed", async () => {
  let engine = await openTestEngine();
  const inner = external("inner", {
    on_error: { strategy: "fallback_step", fallback_step: "last" },
  });
  const rounds = {
    id: "rounds",
    type: "loop",
    config: { mode: "for_each", over: [1, 2], body: [inner] },
  };
  const { workflow_id: id } = await engine.run([
    { id: "both", type: "parallel", config: { branches: [[rounds], [repeatable("slow")]] } },
    external("last"),
  ], { wait_ms: 0 });
  (await engine.called("both.branch_0.rounds.iter_0.inner")).reject(new Error("boom"));
  (await engine.called("last")).reject(new Error("boom too"));
  await settle();
  engine = await engine.crash();
  (await engine.called("both.branch_1.slow")).resolve(1);
  await ends(engine, id, "failed");
  assert.ok(!engine.calls.some((call) => call.includes("iter_1")));
});

test("the attempt that follows one which nobody saw end says so, asked for or by itself", async () => {
  let engine = await openTestEngine();
  const started = async (steps: JsonObject[]) =>
    (await engine.run(steps, { wait_ms: 0 })).workflow_id;
  const asked = await started([external("a")]);
  const told = await started([external("b")]);
  const byItself = await started([external("c", { on_interrupt: "resume" })]);
  const harmless = await started([repeatable("d")]);
  const failed = await started([external("e", { retry: { max: 1 } })]);
  for (const id of ["a", "b", "c", "d"]) await engine.called(id);
  (await engine.called("e")).reject(new Error("boom"));
  await engine.called("e");
  const second = { attempt: 2, interrupted: true };
  assert.deepEqual(await payloadsOf(engine, failed, "step_started"), [{ attempt: 1 }, {
    attempt: 2,
  }]);
  engine = await engine.crash();
  for (const id of ["c", "d"]) await engine.called(id);
  const signal = { wait_ms: 0, agent_id: "a" };
  await engine.opcode.signal({
    ...signal,
    workflow_id: asked,
    signal_type: "retry",
    step_id: "a",
  });
  const payload = { x: 1 };
  await engine.opcode.signal({ ...signal, workflow_id: told, signal_type: "data", payload });
  for (const id of ["a", "b"]) await engine.called(id);
  for (
    const [run, step] of [[asked, "a"], [told, "b"], [byItself, "c"], [harmless, "d"]] as const
  ) {
    assert.deepEqual(await payloadsOf(engine, run, "step_started"), [{ attempt: 1 }, second], step);
  }
});

test("iterations that wait for a fallback when the time is over come to their end when the loop is retried", async () => {
  let engine = await openTestEngine();
  const to = { on_error: { strategy: "fallback_step", fallback_step: "f" } };
  await engine.define("w", [
    loop("each", { over: [0, 1], concurrency: 2 }, [failing("in", {}, to)]),
    external("f"),
  ], { definition: { timeout: "1m" } });
  const { workflow_id } = await engine.opcode.run({
    ...{ template_name: "w", agent_id: "test", wait_ms: 0 },
  });
  await engine.called("f");
  await pass(engine, 2 * 60_000);
  assert.equal((await engine.opcode.status(workflow_id)).status, "failed");
  engine = await engine.crash();
  const signal = (signal_type: "skip" | "retry", step_id: string) =>
    engine.opcode.signal({ workflow_id, signal_type, step_id, wait_ms: 1_000 });
  assert.equal((await signal("skip", "f")).status, "failed");
  engine = await engine.crash();
  assert.equal((await signal("retry", "each")).status, "completed");
  const ended = await payloadsOf(engine, workflow_id, "loop_iter_completed");
  assert.deepEqual(ended, [{ iteration: 0, item: 0 }, { iteration: 1, item: 1 }]);
});
