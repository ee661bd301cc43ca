// Acceptance vectors of decisions, resuming and cancelling.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode, OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { SignalRequest } from "../../../engine/api.ts";
import { ask, echo, external, wait } from "../../support/steps.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  settle,
  statuses,
  type TestEngine,
} from "../../support/test-engine.ts";

const is = (code: ErrorCode) => (error: OpcodeError) => error.code === code;

function signal(engine: TestEngine, workflow_id: string, more: Partial<SignalRequest>) {
  return engine.opcode.signal({ workflow_id, agent_id: "ann", signal_type: "decision", ...more });
}

const choose = (choice: string, more: Partial<SignalRequest> = {}) => ({
  payload: { choice },
  ...more,
});

/** A run that waits for one decision. */
async function asked(engine: TestEngine, config: JsonObject = {}): Promise<string> {
  const reply = await engine.run([
    ask("review", config),
    echo("after", { choice: "${{steps.review.output.choice}}" }, { depends_on: ["review"] }),
  ]);
  assert.equal(reply.status, "suspended");
  return reply.workflow_id;
}

async function decisions(engine: TestEngine, runId: string) {
  return (await engine.store.listDecisions({ runId, limit: 10 })).rows;
}

test("vector 12: a question suspends the run with one pending decision", async () => {
  const engine = await openTestEngine();
  const id = await asked(engine);
  const { pending_decisions, steps } = await engine.opcode.status(id);
  assert.equal(pending_decisions.length, 1);
  assert.equal(pending_decisions[0]!.step_id, "review");
  assert.equal(steps.review!.status, "suspended");
});

const wrong: [what: string, answer: Partial<SignalRequest>][] = [
  ["no option", choose("maybe", { agent_id: "boss" })],
  ["no choice", { payload: {}, agent_id: "boss" }],
  ["no payload", { agent_id: "boss" }],
  ["null", { payload: { choice: null }, agent_id: "boss" }],
  ["another agent", choose("yes", { agent_id: "other" })],
  ["no agent", choose("yes")],
];

for (const [what, answer] of wrong) {
  test(`vector 12: an answer that is wrong (${what}) leaves the decision pending`, async () => {
    const engine = await openTestEngine();
    const id = await asked(engine, { target_agent: "boss" });
    await assert.rejects(
      signal(engine, id, { step_id: "review", ...answer }),
      is("VALIDATION_ERROR"),
    );
    const [decision] = await decisions(engine, id);
    assert.equal(decision!.status, "pending");
    const reply = await signal(engine, id, choose("yes", { step_id: "review", agent_id: "boss" }));
    assert.equal(reply.status, "completed");
  });
}

test("vector 12: a valid answer completes the run with the only decision ever", async () => {
  const engine = await openTestEngine();
  const id = await asked(engine);
  const reply = await signal(engine, id, choose("yes", { step_id: "review" }));
  assert.equal(reply.resumed, true);
  assert.equal(reply.status, "completed");
  assert.deepEqual(reply.output, { choice: "yes" });
  assert.deepEqual((await decisions(engine, id)).map(({ status }) => status), ["resolved"]);
  await assert.rejects(signal(engine, id, choose("no", { step_id: "review" })), is("CONFLICT"));
});

test("vector 12: a free-form question accepts anything", async () => {
  const engine = await openTestEngine();
  const id = await asked(engine, { options: [] });
  const reply = await signal(engine, id, choose("whatever I like", { step_id: "review" }));
  assert.deepEqual(reply.output, { choice: "whatever I like" });
});

test("vector 12: an expired decision with a fallback is resolved by the system", async () => {
  const engine = await openTestEngine();
  const id = await asked(engine, { timeout: "1h", fallback: "no" });
  await pass(engine, 3_600_000);
  const { status, output, steps } = await engine.opcode.status(id);
  assert.equal(status, "completed");
  assert.deepEqual(output, { choice: "no" });
  assert.deepEqual(steps.review!.output, {
    choice: "no",
    reasoning: "timeout_auto_resolved",
    resolved_by: "system",
  });
  assert.ok((await eventsOf(engine, id)).includes("decision_resolved review"));
});

test("vector 12: an expired decision without a fallback fails the run", async () => {
  const engine = await openTestEngine();
  const id = await asked(engine, { timeout: "1h" });
  await pass(engine, 3_600_000);
  const { status, error, steps } = await engine.opcode.status(id);
  assert.equal(status, "failed");
  assert.equal(error!.code, "TIMEOUT_ERROR");
  assert.match(error!.message, /decision timeout for step review: no fallback option configured/);
  assert.match(error!.message, /; nobody decided within 1h$/);
  assert.equal(steps.review!.status, "failed");
});

test("vector 12: a decision that is dropped skips its step, and dependents run", async () => {
  const engine = await openTestEngine();
  const id = await asked(engine);
  const reply = await signal(engine, id, { signal_type: "skip", step_id: "review" });
  assert.equal(reply.status, "completed");
  assert.deepEqual(statuses(reply), { review: "skipped", after: "completed" });
  assert.deepEqual((await decisions(engine, id)).map(({ status }) => status), ["cancelled"]);
});

test("vector 12: two approvals in a row need two signals", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    ask("first"),
    ask("second", {}, { depends_on: ["first"] }),
  ]);
  const between = await signal(engine, workflow_id, choose("yes", { step_id: "first" }));
  assert.equal(between.status, "suspended");
  const reply = await signal(engine, workflow_id, choose("no", { step_id: "second" }));
  assert.equal(reply.status, "completed");
  assert.equal((reply.output as JsonObject).choice, "no");
});

test("vector 12: a question survives a new engine over the same store", async () => {
  let engine = await openTestEngine();
  const id = await asked(engine);
  engine = await engine.crash();
  assert.equal((await engine.opcode.status(id)).pending_decisions.length, 1);
  const reply = await signal(engine, id, choose("yes", { step_id: "review" }));
  assert.equal(reply.status, "completed");
  assert.equal((await decisions(engine, id)).length, 1);
});

test("vector 13: after a resume steps read outputs of before it, and a guard reads the choice", async () => {
  for (const [choice, ran, not] of [["yes", "ship", "drop"], ["no", "drop", "ship"]]) {
    let engine = await openTestEngine();
    const guarded = (id: string, on: string) =>
      echo(id, {
        before: "${{steps.fetch.output.n}}",
        choice: "${{steps.review.output.choice}}",
      }, { depends_on: ["review"], condition: `steps.review.output.choice == '${on}'` });
    const { workflow_id, status } = await engine.run([
      echo("fetch", { n: 7 }),
      ask("review", {}, { depends_on: ["fetch"] }),
      guarded("ship", "yes"),
      guarded("drop", "no"),
    ]);
    assert.equal(status, "suspended");
    engine = await engine.crash();
    const reply = await signal(engine, workflow_id, choose(choice!, { step_id: "review" }));
    assert.equal(reply.status, "completed");
    assert.deepEqual(reply.steps![ran!]!.output, { before: 7, choice });
    assert.equal(reply.steps![not!]!.status, "skipped");
    assert.deepEqual(reply.steps!.fetch!.output, { n: 7 });
  }
});

test("vector 14: cancel of a suspended workflow skips every step that has not ended", async () => {
  const engine = await openTestEngine();
  const { workflow_id, status } = await engine.run([
    echo("done"),
    ask("review"),
    wait("hold", { signal: "go" }),
    external("after", { depends_on: ["review"] }),
  ]);
  assert.equal(status, "suspended");
  const reply = await signal(engine, workflow_id, { signal_type: "cancel" });
  assert.equal(reply.status, "cancelled");
  const { steps } = await engine.opcode.status(workflow_id);
  assert.deepEqual(statuses({ steps }), {
    done: "completed",
    review: "skipped",
    hold: "skipped",
    after: "skipped",
  });
  await settle();
  assert.equal(engine.calls.length, 0);
});

test("vector 14: cancel of a completed workflow is INVALID_TRANSITION, of an unknown one NOT_FOUND", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([echo("a")]);
  const cancel = { signal_type: "cancel" } as const;
  await assert.rejects(signal(engine, workflow_id, cancel), is("INVALID_TRANSITION"));
  const unknown = "01890000-0000-7000-8000-000000000000";
  await assert.rejects(signal(engine, unknown, cancel), is("NOT_FOUND"));
});
