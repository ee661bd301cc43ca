// Which question an answer meets: the one that its sender has seen, or none.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { ask, echo, loop, wait } from "../../support/steps.ts";
import { openTestEngine, pass, type TestEngine } from "../../support/test-engine.ts";

function decide(engine: TestEngine, workflow_id: string, more: JsonObject) {
  return engine.opcode.signal({
    workflow_id,
    signal_type: "decision",
    agent_id: "ann",
    payload: { choice: "yes" },
    ...more,
  });
}

async function refusal(answer: Promise<unknown>): Promise<OpcodeError> {
  try {
    await answer;
  } catch (error) {
    return error as OpcodeError;
  }
  throw new assert.AssertionError({ message: "it was taken" });
}

const pendingOf = async (engine: TestEngine, id: string) =>
  (await engine.opcode.status(id)).pending_decisions;

/** How many questions of the run somebody has answered. */
const resolvedOf = async (engine: TestEngine, id: string) =>
  (await engine.opcode.query({
    resource: "decisions",
    filter: { workflow_id: id, status: "resolved" },
  })).rows.length;

test("an answer names its question: one without step_id and decision_id is refused, one pending or none", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([ask("first"), ask("second", {}, { depends_on: ["first"] })]);
  const id = run.workflow_id;
  const error = await refusal(decide(engine, id, {}));
  assert.equal(error.code, "VALIDATION_ERROR");
  assert.match(error.message, /^step_id: is required for a decision, or decision_id/);
  const [asked] = await pendingOf(engine, id);
  assert.deepEqual(error.details?.pending, [{ step_id: "first", decision_id: asked!.id }]);
  // Sent twice it does not answer the gate behind the one that it was for.
  await decide(engine, id, { step_id: "first" });
  assert.equal((await refusal(decide(engine, id, {}))).code, "VALIDATION_ERROR");
  assert.equal((await refusal(decide(engine, id, { step_id: "first" }))).code, "CONFLICT");
  assert.deepEqual((await pendingOf(engine, id)).map(({ step_id }) => step_id), ["second"]);
  const none = await engine.run([wait("w", { signal: "go" })]);
  assert.equal((await refusal(decide(engine, none.workflow_id, {}))).code, "VALIDATION_ERROR");
});

test("an answer says who gives it", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([ask("q")]);
  const error = await refusal(engine.opcode.signal({
    workflow_id,
    signal_type: "decision",
    step_id: "q",
    payload: { choice: "yes" },
  }));
  assert.equal(error.code, "VALIDATION_ERROR");
  assert.match(error.message, /^agent_id: is required for a decision/);
  const reply = await decide(engine, workflow_id, { step_id: "q" });
  assert.equal((reply.output as JsonObject).resolved_by, "ann");
});

test("a short id is taken while one question has been asked under it, and never after", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([loop("l", { over: [1, 2, 3] }, [ask("q")])]);
  const id = run.workflow_id;
  await decide(engine, id, { step_id: "q" });
  const error = await refusal(decide(engine, id, { step_id: "q" }));
  assert.equal(error.code, "VALIDATION_ERROR");
  assert.match(error.message, /^step_id: "q" is the short id of 2 questions that were asked/);
  const [asked] = await pendingOf(engine, id);
  assert.deepEqual(error.details?.pending, [{ step_id: "l.iter_1.q", decision_id: asked!.id }]);
  assert.equal(await resolvedOf(engine, id), 1);
  await decide(engine, id, { step_id: "l.iter_1.q" });
  await decide(engine, id, { decision_id: (await pendingOf(engine, id))[0]!.id });
  assert.equal((await engine.opcode.status(id)).status, "completed");
});

test("a short id is as unsure over a restart, and over a loop that was done again", async () => {
  let engine = await openTestEngine();
  const run = await engine.run([
    loop("l", { over: [1, 2] }, [ask("q", { timeout: "1h" })], {
      retry: { max: 1, backoff: "none" },
    }),
  ]);
  const id = run.workflow_id;
  await decide(engine, id, { step_id: "q" });
  engine = await engine.crash();
  assert.equal((await refusal(decide(engine, id, { step_id: "q" }))).code, "VALIDATION_ERROR");
  await pass(engine, 3_600_000);
  const [again] = await pendingOf(engine, id);
  assert.equal(again!.step_id, "l.iter_0.q");
  for (const step_id of ["q", "l.iter_0.q"]) {
    assert.equal((await refusal(decide(engine, id, { step_id }))).code, "VALIDATION_ERROR");
  }
  await decide(engine, id, { decision_id: again!.id });
  assert.equal(await resolvedOf(engine, id), 2);
});

test("an old answer meets nothing after its step has asked anew", async () => {
  let engine = await openTestEngine();
  const run = await engine.run([ask("q", { timeout: "1h" })]);
  const id = run.workflow_id;
  const old = run.pending_decisions![0]!.decision_id;
  await pass(engine, 3_600_000);
  const late = await refusal(decide(engine, id, { decision_id: old }));
  assert.equal(late.code, "CONFLICT");
  const asked = await engine.opcode.signal({ workflow_id: id, signal_type: "retry", step_id: "q" });
  const fresh = asked.pending_decisions![0]!.decision_id;
  assert.notEqual(fresh, old);
  const stale = await refusal(decide(engine, id, { decision_id: old }));
  assert.equal(stale.code, "CONFLICT");
  assert.match(stale.message, /has timed out; step "q" asks under another decision_id now/);
  assert.deepEqual(stale.details?.pending, [{ step_id: "q", decision_id: fresh }]);
  // By the step alone nobody can tell which of its two questions is meant.
  for (const again of [false, true]) {
    if (again) engine = await engine.crash();
    const unsure = await refusal(decide(engine, id, { step_id: "q" }));
    assert.equal(unsure.code, "VALIDATION_ERROR");
    assert.match(unsure.message, /^decision_id: is required, because step "q" has asked more than/);
    assert.deepEqual(unsure.details?.pending, [{ step_id: "q", decision_id: fresh }]);
  }
  const reply = await decide(engine, id, { decision_id: fresh });
  assert.equal(reply.status, "completed");
  assert.equal(reply.decision_id, fresh);
});

test("a step that asks again by its own retry is asked for by decision_id", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([
    ask("q", { timeout: "1h" }, { retry: { max: 2, backoff: "none" } }),
  ]);
  const id = run.workflow_id;
  await pass(engine, 3_600_000);
  const [asked] = await pendingOf(engine, id);
  assert.notEqual(asked!.id, run.pending_decisions![0]!.decision_id);
  assert.equal((await refusal(decide(engine, id, { step_id: "q" }))).code, "VALIDATION_ERROR");
  assert.equal((await decide(engine, id, { decision_id: asked!.id })).status, "completed");
});

test("a decision_id that was answered or dropped is CONFLICT, one of nowhere NOT_FOUND", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([ask("a"), ask("b")]);
  const id = run.workflow_id;
  const [b, a] = run.pending_decisions!;
  assert.deepEqual([a!.step_id, b!.step_id], ["a", "b"]);
  await decide(engine, id, { decision_id: a!.decision_id });
  const answered = await refusal(decide(engine, id, { decision_id: a!.decision_id }));
  assert.deepEqual([answered.code, answered.details?.decision_id], ["CONFLICT", a!.decision_id]);
  assert.match(answered.message, /has been answered/);
  const other = await engine.run([ask("a")]);
  const foreign = await refusal(
    decide(engine, other.workflow_id, { decision_id: b!.decision_id }),
  );
  assert.equal(foreign.code, "NOT_FOUND");
  const mixed = await refusal(decide(engine, id, { decision_id: b!.decision_id, step_id: "a" }));
  assert.equal(mixed.code, "VALIDATION_ERROR");
  assert.match(mixed.message, /^step_id: decision ".*" is that of step "b", not of "a"/);
  const skip = { workflow_id: id, signal_type: "skip", step_id: "b" } as const;
  await engine.opcode.signal(skip);
  const dropped = await refusal(decide(engine, id, { decision_id: b!.decision_id }));
  assert.deepEqual([dropped.code], ["CONFLICT"]);
});

test("what an answer holds beside choice and data is refused, with the place where it belongs", async () => {
  const engine = await openTestEngine();
  const { workflow_id: id } = await engine.run([ask("q")]);
  for (
    const [more, message] of [
      [
        { reasoning: "fine" },
        /^payload\.reasoning: .*\(did you mean "reasoning, beside payload"\?\)/,
      ],
      [{ dat: { n: 1 } }, /^payload\.dat: is not part of a decision \(did you mean "data"\?\)/],
    ] as const
  ) {
    const payload = { choice: "yes", ...more };
    const error = await refusal(decide(engine, id, { step_id: "q", payload }));
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.match(error.message, message);
  }
  assert.equal((await pendingOf(engine, id)).length, 1);
});

test("every brief, status, list, reply and refusal of a question says its decision_id", async () => {
  const engine = await openTestEngine();
  const run = await engine.run([
    echo("e"),
    ask("q", { options: [{ id: "yes" }], target_agent: "ann" }),
  ]);
  const id = run.workflow_id;
  const { decision_id } = run.pending_decisions![0]!;
  assert.match(decision_id, /^[0-9a-f-]{36}$/);
  const { rows: [row] } = await engine.opcode.query({
    resource: "decisions",
    filter: { workflow_id: id },
  });
  const [status] = await pendingOf(engine, id);
  assert.deepEqual([row!.decision_id, status!.decision_id], [decision_id, decision_id]);
  for (
    const more of [{ payload: {} }, { payload: { choice: "no" } }, {
      agent_id: "bob",
    }] as JsonObject[]
  ) {
    const error = await refusal(decide(engine, id, { step_id: "q", ...more }));
    assert.equal(error.details?.decision_id, decision_id, JSON.stringify(more));
  }
  assert.equal((await decide(engine, id, { step_id: "q" })).decision_id, decision_id);
  const { events } = await engine.opcode.status(id);
  const signal = events.find(({ event_type }) => event_type === "signal_received");
  assert.equal((signal!.payload as JsonObject).decision_id, decision_id);
});
