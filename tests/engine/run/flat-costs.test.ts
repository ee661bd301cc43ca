// Whether a question, an answer and a change of context cost the same however many there were.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { openTestEngine, type TestEngine } from "../../support/test-engine.ts";

const ask = { id: "q", type: "reasoning", config: { prompt_context: "ok?", options: [] } };

/** Counts what is read of runs, and what is written of questions and contexts. */
function counting({ store }: TestEngine) {
  const count = { loads: 0, asked: [] as number[], context: 0 };
  const { readRun, commit } = store;
  store.readRun = (...args) => {
    count.loads++;
    return readRun.apply(store, args);
  };
  store.commit = (batch) => {
    for (const { events, contexts } of batch) {
      for (const { type, payload } of events) {
        if (type === "decision_requested") count.asked.push(payload!.length);
      }
      for (const { data } of contexts) count.context += data!.length;
    }
    return commit.call(store, batch);
  };
  return count;
}

test("the four hundredth question of a loop is stored in as many bytes as the first, and no answer reads the run again", async (t) => {
  const engine = await openTestEngine();
  const count = counting(engine);
  const { workflow_id } = await engine.run([
    {
      id: "l",
      type: "loop",
      config: { mode: "while", condition: "true", max_iter: 1_000, body: [ask] },
    },
  ]);
  const answer = (n: number) =>
    engine.opcode.signal({
      workflow_id,
      signal_type: "decision",
      step_id: `l.iter_${n}.q`,
      agent_id: "a",
      payload: { choice: "yes" },
    });
  for (let n = 0; n < 300; n++) await answer(n);
  const { loads } = count;
  t.diagnostic(`300 answers read the run ${loads} times`);
  for (let n = 300; n < 400; n++) await answer(n);
  // A small run leaves memory at once; what would be dear to read again stays.
  assert.equal(count.loads, loads, "no load for 100 answers");
  assert.deepEqual(new Set(count.asked).size, 1, "each question is as large as any");
  const { pending_decisions } = await engine.opcode.status(workflow_id);
  const { step_outputs } = pending_decisions[0]!.context as { step_outputs: JsonObject };
  assert.deepEqual(step_outputs["l.iter_399.q"], { choice: "yes", resolved_by: "a" });
  // Left alone for a minute it leaves.
  engine.clock.advance(60_000);
  const before = count.loads;
  await answer(400);
  assert.equal(count.loads, before + 1);
});

test("an answer among thousands that are open does not look at the others", async () => {
  const engine = await openTestEngine();
  const count = counting(engine);
  const n = 2_000;
  const { workflow_id } = await engine.run([
    {
      id: "l",
      type: "loop",
      config: { over: Array.from({ length: n }, (_, i) => i), concurrency: n, body: [ask] },
    },
  ]);
  for (let i = 0; i < 50; i++) {
    await engine.opcode.signal({
      workflow_id,
      signal_type: "decision",
      step_id: `l.iter_${i}.q`,
      agent_id: "a",
      payload: { choice: "yes" },
      wait_ms: 0,
    });
  }
  assert.equal(count.loads, 0);
  assert.equal(new Set(count.asked).size, 1);
});

test("many changes of a context in one turn are written once", async (t) => {
  const written: number[] = [];
  for (const n of [400, 800]) {
    const engine = await openTestEngine();
    const count = counting(engine);
    const steps = Array.from({ length: n }, (_, i) => ({
      id: `s${i}`,
      action: "workflow.context",
      params: { action: "update", data: { [`k${i}`]: i } },
      ...(i > 0 && { depends_on: [`s${i - 1}`] }),
    }));
    const { workflow_id } = await engine.run(steps);
    const { context } = await engine.opcode.status(workflow_id);
    assert.equal(Object.keys(context!.accumulated_data as JsonObject).length, n);
    written.push(count.context);
    t.diagnostic(`${n} changes: ${count.context} characters of context written`);
  }
  // Every change by itself: 1.6 and 6.7 million.
  assert.ok(written[1]! < 60_000);
});

test("what a step has read of the context stays as it was, whatever is changed later", async () => {
  const engine = await openTestEngine();
  const update = (id: string, data: JsonObject, after?: string) => ({
    id,
    action: "workflow.context",
    params: { action: "update", data },
    ...(after && { depends_on: [after] }),
  });
  const reply = await engine.run([
    update("one", { a: 1 }),
    { id: "read", action: "workflow.context", params: { action: "read" }, depends_on: ["one"] },
    update("two", { a: 2, b: 3 }, "read"),
    { id: "later", action: "workflow.context", params: { action: "read" }, depends_on: ["two"] },
  ]);
  const dataOf = (id: string) => (reply.steps![id]!.output as JsonObject).accumulated_data;
  assert.deepEqual(dataOf("read"), { a: 1 });
  assert.deepEqual(dataOf("later"), { a: 2, b: 3 });
});

test("the size of a context is counted with what replaces and what is there, also after a load", async () => {
  const engine = await openTestEngine();
  const big = "x".repeat(1_500_000);
  const put = (id: string, key: string, after?: string) => ({
    id,
    action: "workflow.context",
    params: { action: "update", data: { [key]: "${{inputs.big}}" } },
    ...(after && { depends_on: [after] }),
  });
  const { workflow_id, status } = await engine.run([
    put("one", "a"),
    put("again", "a", "one"),
    put("two", "b", "again"),
    { id: "wait", type: "wait", config: { signal: "go" }, depends_on: ["two"] },
    put("three", "c", "wait"),
  ], { params: { big } });
  assert.equal(status, "suspended");
  const reply = await engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    payload: { signal: "go" },
  });
  assert.equal(reply.status, "failed");
  assert.match(JSON.stringify(reply.error), /at most 4194304 characters/);
});

test("the answer to one of thousands of open questions names some of them and of the steps, and says so", async () => {
  const engine = await openTestEngine();
  const asked = async (n: number) => {
    const { workflow_id } = await engine.run([
      {
        id: "l",
        type: "loop",
        config: { over: Array.from({ length: n }, (_, i) => i), concurrency: n, body: [ask] },
      },
    ]);
    return engine.opcode.signal({
      workflow_id,
      signal_type: "decision",
      step_id: "l.iter_0.q",
      agent_id: "a",
      payload: { choice: "yes" },
      wait_ms: 10_000,
    });
  };
  const few = await asked(50);
  assert.equal(few.pending_decisions!.length, 49);
  assert.equal(few.truncated, undefined);
  const some = await asked(120);
  assert.equal(some.pending_decisions!.length, 100);
  assert.equal(some.truncated, true);
  const many = await asked(3_000);
  assert.equal(many.status, "suspended");
  assert.equal(many.pending_decisions!.length, 100);
  assert.equal(many.truncated, true);
  const shown = Object.keys(many.steps!).length;
  assert.ok(shown > 100 && shown < 250, `${shown} steps`);
  assert.ok(JSON.stringify(many).length < 64 * 1024);
  // What is left out is found page by page.
  const page = await engine.opcode.query({
    resource: "decisions",
    filter: { workflow_id: many.workflow_id, limit: 10 },
  } as never);
  assert.ok(JSON.stringify(page).includes("cursor"));
});
