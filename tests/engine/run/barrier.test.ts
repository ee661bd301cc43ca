// What the commit barrier promises: nothing is done, said or published before what it depends on is
// stored; and what happens when the store does not take a commit.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { LiveEvent } from "../../../engine/api.ts";
import { createMemoryStore } from "../../support/memory-store.ts";
import {
  eventsOf,
  openTestEngine,
  settle,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

/** Lets exactly one commit through. */
async function commitOne(engine: TestEngine): Promise<void> {
  await until(() => engine.store.held > 0, "a commit");
  engine.store.step();
  await settle();
}

test("an external action is called only after its start is stored", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [
    { id: "a", action: "test.external" },
    { id: "b", action: "test.external", depends_on: ["a"] },
  ]);
  engine.store.options.hold = true;
  const running = engine.opcode.run({ template_name: "w", agent_id: "test" });
  await settle();
  assert.deepEqual(engine.calls, []);
  await commitOne(engine);
  assert.deepEqual(engine.calls, ["a:1"]);
  (await engine.called("a")).resolve(1);
  await settle();
  assert.deepEqual(engine.calls, ["a:1"], "b's start is not stored yet");
  await commitOne(engine);
  assert.deepEqual(engine.calls, ["a:1", "b:1"]);
  (await engine.called("b")).resolve(2);
  let answered = false;
  running.then(() => answered = true);
  await settle();
  assert.equal(answered, false, "the end is not stored yet");
  await commitOne(engine);
  assert.equal((await running).output, 2);
});

test("live events, progress and log lines come after their commit", async () => {
  const told: string[] = [];
  const note = (message: string) => void told.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const engine = await openTestEngine({ log });
  await engine.define("w", [
    { id: "say", action: "workflow.log", params: { message: "said" } },
    { id: "emit", action: "workflow.emit", params: { event_type: "mine", payload: 1 } },
  ]);
  const events: LiveEvent[] = [];
  engine.opcode.subscribe((told) => void events.push(...told));
  engine.store.options.hold = true;
  const running = engine.opcode.run({ template_name: "w", agent_id: "test" }, {
    onProgress: ({ step_id }) => told.push(`progress ${step_id}`),
  });
  await settle();
  assert.deepEqual([told, events], [[], []]);
  await commitOne(engine);
  await running;
  assert.deepEqual(told, ["said", "progress say", "progress emit"]);
  assert.deepEqual(
    events.map((event) =>
      event.kind === "event" ? event.event.event_type : event.kind === "emitted" && event.event_type
    ),
    [
      "workflow_started",
      "step_started",
      "step_completed",
      "step_started",
      "step_completed",
      "mine",
      "workflow_completed",
    ],
  );
});

test("wait_ms 0 answers after the commit that creates the run", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [{ id: "a", action: "test.external" }]);
  engine.store.options.hold = true;
  const running = engine.opcode.run({ template_name: "w", agent_id: "test", wait_ms: 0 });
  let answered = false;
  running.then(() => answered = true);
  await settle();
  assert.equal(answered, false);
  await commitOne(engine);
  const reply = await running;
  assert.deepEqual([reply.status, reply.waiting], ["active", true]);
});

test("wait_ms ends the waiting, not the run", async () => {
  const engine = await openTestEngine();
  const running = engine.run([{ id: "a", action: "test.external" }], { wait_ms: 500 });
  const call = await engine.called("a");
  engine.clock.advance(500);
  const reply = await running;
  assert.deepEqual([reply.status, reply.waiting], ["active", true]);
  call.resolve(1);
  const id = reply.workflow_id;
  await until(async () => (await engine.opcode.status(id)).status === "completed", "the end");
});

test("a caller that goes away stops waiting; the run goes on", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [{ id: "a", action: "test.external" }]);
  const caller = new AbortController();
  const running = engine.opcode.run({ template_name: "w", agent_id: "test" }, {
    signal: caller.signal,
  });
  const call = await engine.called("a");
  caller.abort();
  const { workflow_id, waiting } = await running;
  assert.equal(waiting, true);
  call.resolve(1);
  const ended = async () => (await engine.opcode.status(workflow_id)).status === "completed";
  await until(ended, "the end");
});

test("a start that the store refuses is STORE_ERROR, and the run does not exist", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [{ id: "a", action: "test.external" }]);
  engine.store.options.refuse = (handOver) => handOver.creates.length > 0;
  await assert.rejects(
    engine.opcode.run({ template_name: "w", agent_id: "test" }),
    (error: OpcodeError) => error.code === "STORE_ERROR",
  );
  delete engine.store.options.refuse;
  await settle();
  assert.deepEqual(engine.calls, []);
  assert.deepEqual((await engine.opcode.query({ resource: "workflows" })).rows, []);
});

test("a refused hand-over of a live run is lost; the run is read again and goes on", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    { id: "a", action: "test.repeatable" },
    { id: "b", action: "test.echo", depends_on: ["a"] },
  ]);
  const call = await engine.called("a");
  let refused = 0;
  engine.store.options.refuse = () => refused++ === 0;
  call.resolve("first");
  await until(() => engine.calls.length === 2, "the call after the loss");
  // What was recorded is the start alone: the repeatable step runs again, as a new attempt.
  (await engine.called("a")).resolve("second");
  // Whoever started the run waits for its end, and its start was stored.
  const { workflow_id: id, status } = await running;
  assert.equal(status, "completed");
  const state = await engine.opcode.status(id);
  assert.equal(state.steps.a!.output, "second");
  assert.equal(state.steps.a!.attempt, 2);
  await eventsOf(engine, id);
});

test("while whole commits fail nothing new is taken; then everything goes on", async () => {
  const store = createMemoryStore();
  const engine = await openTestEngine({ store });
  await engine.define("w", [{ id: "a", action: "test.echo" }]);
  let failing = true;
  store.options.fail = () => failing;
  const running = engine.opcode.run({ template_name: "w", agent_id: "test" });
  await until(() => !engine.opcode.healthy(), "the failure");
  await assert.rejects(
    engine.opcode.run({ template_name: "w", agent_id: "test" }),
    (error: OpcodeError) => error.code === "BUSY" && error.details!.retry_after_ms === 1_000,
  );
  failing = false;
  engine.clock.advance(50);
  assert.equal((await running).status, "completed");
  assert.equal(engine.opcode.healthy(), true);
});

test("a run of which nothing could be stored in time is answered with BUSY", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [{ id: "a", action: "test.echo" }]);
  engine.store.options.hold = true;
  const running = engine.opcode.run({ template_name: "w", agent_id: "test", wait_ms: 0 });
  await settle();
  engine.clock.advance(10_000);
  await assert.rejects(running, (error: OpcodeError) => error.code === "BUSY");
});

test("a bug in a turn costs that run its answer and nobody else anything", async () => {
  const logged: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (text: string) => void logged.push(text) };
  const engine = await openTestEngine({ log });
  await engine.define("w", [{ id: "a", action: "test.external" }]);
  const { workflow_id } = await engine.opcode.run({
    template_name: "w",
    agent_id: "test",
    wait_ms: 0,
  });
  await engine.called("a");
  // A payload whose encoding throws stands for any bug inside a turn.
  const payload = {
    get k() {
      throw new Error("bug");
    },
  };
  await assert.rejects(
    engine.opcode.signal({ workflow_id, signal_type: "data", payload: payload as never }),
    (error: OpcodeError) => error.code === "EXECUTION_ERROR",
  );
  assert.deepEqual(logged.slice(0, 1), ["a turn failed"]);
  const reply = await engine.run([{ id: "a", action: "test.echo" }]);
  assert.equal(reply.status, "completed");
});
