// What a question shows, who may answer it, and what an answer lets go on.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { eventsOf, openTestEngine, settle, type TestEngine } from "../../support/test-engine.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const ask = (id: string, config: JsonObject = {}, more: JsonObject = {}) => ({
  id,
  type: "reasoning",
  config,
  ...more,
});

function decide(engine: TestEngine, id: string, payload: JsonObject, more: JsonObject = {}) {
  return engine.opcode.signal({
    workflow_id: id,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "q",
    payload,
    wait_ms: 0,
    ...more,
  });
}

test("a decision shows its question and data under both their names", async () => {
  const engine = await openTestEngine();
  const run = await engine.run(
    [
      { id: "a", action: "test.echo", params: { n: 1 } },
      ask("q", {
        prompt_context: "Take ${{steps.a.output.n}}?",
        data_inject: { path: "steps.a.output", sum: "steps.a.n + 1.0", text: "just words" },
      }, { depends_on: ["a"] }),
    ],
    { definition: { context: { intent: "to test", notes: "be quick" } } },
  );
  const { pending_decisions: [decision] } = await engine.opcode.status(run.workflow_id);
  const data = { path: { n: 1 }, sum: 2, text: "just words" };
  assert.deepEqual(decision!.context, {
    prompt: "Take 1?",
    prompt_context: "Take 1?",
    data,
    data_inject: data,
    step_outputs: { a: { n: 1 } },
    workflow_intent: "to test",
    agent_notes: "be quick",
  });
});

test("each question has a UUID of its own, also when its step asks again", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([{
    id: "l",
    type: "loop",
    config: { over: [1, 2], body: [ask("q")] },
  }]);
  await decide(engine, run.workflow_id, { choice: "x" });
  const { rows } = await engine.store.listDecisions({ runId: run.workflow_id, limit: 10 });
  assert.deepEqual(rows.map(({ stepId }) => stepId).sort(), ["l.iter_0.q", "l.iter_1.q"]);
  for (const { id } of rows) assert.match(id, UUID);
  assert.equal(new Set(rows.map(({ id }) => id)).size, 2);
});

test("a free question has no options, and any choice answers it", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([ask("q")]);
  const { pending_decisions: [decision] } = await engine.opcode.status(run.workflow_id);
  assert.deepEqual(decision!.options, []);
  await decide(engine, run.workflow_id, { choice: "whatever", data: { n: 1 } });
  const { output } = await engine.opcode.status(run.workflow_id);
  assert.deepEqual(output, { choice: "whatever", data: { n: 1 }, resolved_by: "ann" });
});

test("a bad answer leaves the decision pending, a good one is the only one ever", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([ask("q", { options: [{ id: "yes" }] })]);
  const id = run.workflow_id;
  for (
    const payload of [{}, { choice: "" }, { choice: null }, { choice: "no" }, {
      choice: "yes",
      data: [1],
    }]
  ) {
    await assert.rejects(
      decide(engine, id, payload as JsonObject),
      (error: OpcodeError) =>
        error.code === "VALIDATION_ERROR" && error.message.startsWith("payload."),
    );
  }
  const { status, pending_decisions } = await engine.opcode.status(id);
  assert.deepEqual([status, pending_decisions.length], ["suspended", 1]);
  const events = await eventsOf(engine, id);
  assert.ok(!events.includes("signal_received q"));
  await decide(engine, id, { choice: "yes" });
  const { rows } = await engine.store.listDecisions({ runId: id, limit: 10 });
  assert.deepEqual(rows.map((row) => row.status), ["resolved"]);
});

test("an answer to a run that is still active is taken once, by the run itself", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([
    ask("q"),
    { id: "busy", action: "test.external" },
    { id: "end", action: "test.external", depends_on: ["q"] },
  ], { wait_ms: 0 });
  const id = run.workflow_id;
  await engine.called("busy");
  const answers = await Promise.allSettled([
    decide(engine, id, { choice: "a" }),
    decide(engine, id, { choice: "b" }),
  ]);
  const codes = answers.map((answer) =>
    answer.status === "fulfilled" ? answer.value.resumed : (answer.reason as OpcodeError).code
  );
  assert.deepEqual(codes, [false, "CONFLICT"]);
  (await engine.called("end")).resolve(1);
  (await engine.called("busy")).resolve(1);
  await settle();
  assert.deepEqual(engine.calls, ["busy:1", "end:1"]);
  const status = await engine.opcode.status(id);
  assert.equal((status.steps.q!.output as JsonObject).choice, "a");
});

test("of many who decide at once one is heard, and all others are told that it is decided", async () => {
  for (
    const [steps, step_id] of [
      [[ask("q")], "q"],
      [[ask("q")], undefined],
      [[ask("q"), { id: "busy", action: "test.external" }], "q"],
      [[ask("q"), { id: "busy", action: "test.external" }], undefined],
      [[ask("q"), ask("other")], "q"],
      [[{ id: "c", type: "parallel", config: { branches: [[ask("q")], [ask("p")]] } }], "q"],
      [[{ id: "l", type: "loop", config: { over: [1], body: [ask("q")] } }], "l.iter_0.q"],
    ] as [JsonObject[], string | undefined][]
  ) {
    const engine = await openTestEngine();
    const { workflow_id } = await engine.run(steps, { wait_ms: 0 });
    await settle();
    const more: JsonObject = step_id === undefined ? {} : { step_id };
    const race = (count: number) =>
      Array.from({ length: count }, () => decide(engine, workflow_id, { choice: "x" }, more));
    const first = await Promise.allSettled(race(8));
    await settle();
    const late = await Promise.allSettled(race(3));
    const codes = [...first, ...late].map((answer) =>
      answer.status === "fulfilled" ? "heard" : (answer.reason as OpcodeError).code
    );
    assert.deepEqual(codes, ["heard", ...Array(10).fill("CONFLICT")], JSON.stringify(steps));
  }
});
