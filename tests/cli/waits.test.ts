// What the command line says that a run waits for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CALLED } from "../../cli/called.ts";
import { insteadLines, untoldLines, waitLines } from "../../cli/waits.ts";
import type { StatusReply } from "../../engine/api.ts";

const run = (more: Partial<StatusReply>): StatusReply => ({
  workflow_id: "R",
  status: "suspended",
  template_name: "w",
  template_version: "v1",
  agent_id: "a",
  created_at: "",
  steps: {},
  pending_decisions: [],
  events: [],
  ...more,
});

test("a question of several lines keeps them, and data that is null is told", () => {
  const decision = {
    id: "d",
    decision_id: "d",
    workflow_id: "R",
    step_id: "ask",
    agent_id: "a",
    status: "pending" as const,
    context: { prompt: "Go?\n\nThink\u0007 first.", data: { found: null } },
    options: [],
    created_at: "",
  };
  assert.deepEqual(waitLines(run({ pending_decisions: [decision] })), [
    "waits for a decision at ask: Go?",
    "",
    "  Think\\u0007 first.",
    "  found = null",
    "  any answer",
    `    ${CALLED} signal R decision --decision d --choice CHOICE`,
  ]);
});

test("what an agent that is away has not been told is told of its run", () => {
  const notice = (n: number) => ({
    notification_id: `n${n}`,
    agent_id: "bo\u0007b",
    step_id: "s",
    message: `done ${n}`,
    queued_at: "",
  });
  assert.deepEqual(untoldLines(run({})), []);
  const lines = untoldLines(
    run({ notifications: Array.from({ length: 12 }, (_, n) => notice(n)) }),
  );
  assert.equal(lines[1], "not told yet to bo\\u0007b, who is away: done 0");
  assert.equal(lines.at(-1), "and 2 more");
});

test("a run that was set aside says what of, and that nothing died of one that was too large to load", () => {
  const first = (deaths: number) => waitLines(run({ poisoned: { deaths, reason: "so" } }))[0];
  const rest = "nothing goes on until it may try again, or is cancelled:";
  assert.equal(first(0), `poisoned: it was not loaded: so; ${rest}`);
  assert.equal(first(1), `poisoned: daemons died of it once, the last time: so; ${rest}`);
  assert.equal(first(2), `poisoned: daemons died of it 2 times, the last time: so; ${rest}`);
});

test("a run that its timeout has suspended says how it goes on", () => {
  assert.deepEqual(waitLines(run({ timed_out: true })), [
    "its timeout is over, and nothing goes on until a signal grants it anew, such as:",
    `  ${CALLED} signal R data`,
  ]);
});

const ID = "01a22614-df61-70fb-a7a3-c74ccd35726f";
const SHORT = "01a22614-df61-70fb";

test("a decision is answered by its step where that has asked once, and by its id otherwise", () => {
  const decision = {
    id: "d",
    decision_id: "d",
    workflow_id: ID,
    step_id: "ask",
    agent_id: "a",
    status: "pending" as const,
    context: {},
    options: [{ id: "yes" }],
    created_at: "",
  };
  const asked = (attempt: number) => {
    const step = { workflow_id: ID, step_id: "ask", status: "suspended" as const, attempt };
    const steps = { ask: { ...step, retry_count: 0 } };
    return waitLines(run({ workflow_id: ID, steps, pending_decisions: [decision] })).at(-1);
  };
  const answer = `    ${CALLED} signal ${SHORT} decision`;
  assert.equal(asked(1), `${answer} --step ask --choice yes`);
  assert.equal(asked(2), `${answer} --decision d --choice yes`);
});

test("an interruption offers what the engine takes: again, passed over, anew, and the end", () => {
  const more = { workflow_id: ID, interrupted: ["pay.iter_0.send"] };
  const [signal, step] = [`  ${CALLED} signal ${SHORT}`, "--step pay.iter_0.send"];
  assert.deepEqual([...waitLines(run(more)), ...insteadLines(run(more))], [
    "interrupted: whether a step had its effect is not known, and nothing goes on",
    "until this one is answered for",
    "it had none, or doing it twice does no harm: run it again with",
    `${signal} retry ${step}`,
    "it had its effect, or is not needed: pass over it, its output is null then, with",
    `${signal} skip ${step}`,
    "a new run from there; --param NAME=VALUE or --version VERSION change it:",
    `  ${CALLED} run --from-run ${SHORT} --from-step pay`,
    "end the run:",
    `${signal} cancel`,
  ]);
});

test("many interrupted steps are told a few at a time, with the command for all of them", () => {
  const steps = Array.from({ length: 40 }, (_, i) => `each.iter_${i}.send`);
  const lines = waitLines(run({ workflow_id: ID, interrupted: steps }));
  assert.ok(lines.length < 22, lines.join("\n"));
  assert.ok(lines.includes("  and so on for 35 more"));
  assert.ok(lines.includes(`  ${CALLED} signal ${SHORT} data`));
});

test("a run that waits for a timer alone offers nothing", () => {
  assert.deepEqual(insteadLines(run({})), []);
});

test("a wait may be passed over, and the run ended", () => {
  const more = { workflow_id: ID, waiting_signals: [{ step_id: "gate", signal: "go" }] };
  assert.deepEqual(insteadLines(run(more)), [
    "go on without an answer, the step's output is null then:",
    `  ${CALLED} signal ${SHORT} skip --step gate`,
    "end the run:",
    `  ${CALLED} signal ${SHORT} cancel`,
  ]);
});

test("an interruption that a timeout brought about says so", () => {
  const lines = waitLines(run({ timed_out: true, interrupted: ["a"] }));
  assert.match(lines[0]!, /timeout was over/);
  assert.doesNotMatch(waitLines(run({ interrupted: ["a"] }))[0]!, /timeout/);
});
