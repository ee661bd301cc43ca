// What an agent that is away misses, how it is kept, and how often it is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import type { Notification } from "../../../engine/api.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import {
  openTestEngine,
  settle,
  type TestEngine,
  type TestEngineOptions,
} from "../../support/test-engine.ts";

const AWAY = { notified: false, reason: "agent_not_connected" };
const tell = (id: string, message: string, more: JsonObject = {}): JsonObject => ({
  id,
  action: "workflow.notify",
  params: { message, ...more },
});

const ASK: JsonObject = {
  id: "gate",
  type: "reasoning",
  config: {
    prompt_context: "Ship it?",
    options: [{ id: "yes" }, { id: "no" }],
    target_agent: "ann",
    timeout: "1h",
    fallback: "no",
  },
};

/** An engine, and who of its agents is there. */
async function opened(options: TestEngineOptions = {}) {
  const there = new Set<string>();
  const heard: (Notification & { agent: string })[] = [];
  let most = Infinity;
  const engine = await openTestEngine({
    ...options,
    notify: async (agent, notification) => {
      if (!there.has(agent) || heard.length >= most) return AWAY;
      heard.push({ agent, ...notification });
      return { notified: true };
    },
    isThere: (agent) => there.has(agent),
  });
  return {
    engine,
    there,
    heard,
    /** No more than so many are taken in all. */
    upTo(count: number) {
      most = count;
    },
    async arrives(agent: string, at: TestEngine = engine) {
      there.add(agent);
      at.opcode.arrived(agent);
      await settle();
    },
  };
}

const messages = (heard: Notification[]) => heard.map(({ message }) => message);

test("what an absent agent misses is kept, listed by its run, and told once", async () => {
  const { engine, heard, arrives } = await opened();
  const { steps, workflow_id } = await engine.run([
    tell("a", "one", { data: { n: 1 } }),
    { ...tell("b", "two"), depends_on: ["a"] },
  ]);
  assert.deepEqual(steps!.a!.output, { ...AWAY, queued: true });
  const { notifications } = await engine.opcode.status(workflow_id);
  const [first, second] = notifications!;
  const { notification_id, queued_at, ...said } = first!;
  assert.deepEqual(said, { agent_id: "test", step_id: "a", message: "one", data: { n: 1 } });
  assert.equal(queued_at, new Date(engine.clock.now()).toISOString());
  assert.deepEqual([second!.message, second!.data], ["two", null]);

  await arrives("other");
  assert.deepEqual(heard, []);
  await arrives("test");
  assert.deepEqual(messages(heard), ["one", "two"]);
  assert.deepEqual(heard[0], {
    agent: "test",
    message: "one",
    workflow_id,
    step_id: "a",
    data: { n: 1 },
    notification_id,
    queued_at,
  });
  await arrives("test");
  assert.equal(heard.length, 2, "once");
  assert.equal((await engine.opcode.status(workflow_id)).notifications, undefined);
  // Who is there hears at once, and nothing is kept.
  const { steps: again } = await engine.run([tell("c", "three")]);
  assert.deepEqual(again!.c!.output, { notified: true });
  assert.deepEqual(heard.map(({ queued_at: at }) => at === undefined), [false, false, true]);
});

test("what was kept outlives the process, and so does that it was told", async () => {
  const { engine, heard, there, arrives } = await opened();
  await engine.run([tell("a", "one")]);
  const second = await engine.crash();
  await arrives("test", second);
  assert.deepEqual(messages(heard), ["one"]);
  there.clear();
  const third = await second.crash();
  await arrives("test", third);
  assert.equal(heard.length, 1);
});

test("one that dies between telling and storing that tells once more, under the same id", async () => {
  const { engine, heard, arrives } = await opened();
  await engine.run([tell("a", "one")]);
  engine.store.options.hold = true;
  await arrives("test");
  const second = await engine.crash();
  second.store.options.hold = false;
  await arrives("test", second);
  assert.deepEqual(messages(heard), ["one", "one"]);
  assert.equal(heard[0]!.notification_id, heard[1]!.notification_id);
});

test("who takes only some is told the others later, in their order", async () => {
  const { engine, heard, arrives, upTo } = await opened();
  await engine.run([
    tell("a", "1"),
    { ...tell("b", "2"), depends_on: ["a"] },
    { ...tell("c", "3"), depends_on: ["b"] },
  ]);
  upTo(1);
  await arrives("test");
  assert.deepEqual(messages(heard), ["1"]);
  upTo(Infinity);
  await arrives("test");
  assert.deepEqual(messages(heard), ["1", "2", "3"]);
});

test("of more than a hundred the oldest are dropped, and the first that is told says so", async () => {
  const { engine, heard, arrives } = await opened();
  const loop = {
    id: "l",
    type: "loop",
    config: {
      over: Array.from({ length: 103 }, (_, i) => i + 1),
      body: [tell("n", "${{loop.item}}")],
    },
  };
  const { workflow_id } = await engine.run([loop]);
  const { notifications } = await engine.opcode.status(workflow_id);
  assert.deepEqual([notifications!.length, notifications![0]!.dropped], [100, 3]);
  await arrives("test");
  assert.deepEqual([heard.length, heard[0]!.message, heard[0]!.dropped], [100, "4", 3]);
  assert.equal(heard[1]!.dropped, undefined);
});

test("after seven days nobody is told any more", async () => {
  const clock = new ManualClock();
  const { engine, heard, arrives } = await opened({ clock });
  const { workflow_id } = await engine.run([tell("a", "old")]);
  clock.advance(7 * 24 * 3_600_000 + 1);
  await settle();
  assert.equal((await engine.opcode.status(workflow_id)).notifications, undefined);
  await arrives("test");
  assert.deepEqual(heard, []);
});

test("data too large to be kept is left out and measured, and so is the end of a long text", async () => {
  const { engine, heard, arrives } = await opened();
  await engine.run([tell("a", "x".repeat(5_000), { data: "y".repeat(20_000) })]);
  await arrives("test");
  const { data, data_size, message } = heard[0]!;
  assert.deepEqual([data, data_size, message.length], [null, 20_002, 4_001]);
  assert.ok(message.endsWith("…"));
});

test("a question is told to whom it asks, there or later, and to nobody once it is answered", async () => {
  const { engine, heard, there, arrives } = await opened();
  await engine.define("asks", [ASK]);
  const start = () => engine.opcode.run({ template_name: "asks", agent_id: "owner" });
  const away = await start();
  const { notifications, pending_decisions: [asked] } = await engine.opcode.status(
    away.workflow_id,
  );
  assert.equal(notifications, undefined, "it stands among the questions");
  await arrives("ann");
  const { agent, kind, message, data, workflow_id, step_id, notification_id } = heard[0]!;
  assert.deepEqual([agent, kind, message, workflow_id, step_id], [
    "ann",
    "question",
    "Ship it?",
    away.workflow_id,
    "gate",
  ]);
  assert.equal(notification_id, asked!.id);
  assert.deepEqual(data, {
    decision_id: asked!.id,
    template_name: "asks",
    options: [{ id: "yes" }, { id: "no" }],
    timeout_at: asked!.timeout_at,
    fallback: "no",
  });
  const second = await start();
  await settle();
  assert.deepEqual(heard.map((one) => one.workflow_id), [away.workflow_id, second.workflow_id]);
  there.clear();
  const third = await start();
  const signal = { signal_type: "decision", agent_id: "ann", payload: { choice: "yes" } } as const;
  await engine.opcode.signal({ workflow_id: third.workflow_id, step_id: "gate", ...signal });
  await arrives("ann");
  assert.equal(heard.length, 2, "answered before she came");
});

test("a question that asks nobody by name is told to the run's agent", async () => {
  const { engine, heard, arrives } = await opened();
  await arrives("owner");
  await engine.define("asks", [{ id: "q", type: "reasoning", config: { prompt_context: "Why?" } }]);
  await engine.opcode.run({ template_name: "asks", agent_id: "owner" });
  await settle();
  assert.deepEqual(heard.map(({ agent, message }) => [agent, message]), [["owner", "Why?"]]);
});
