// How steps wait for expressions that another thread evaluates.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { Evaluate } from "../../../core/expression.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { evaluateHere } from "../../../embed/worker/engines.ts";
import { eventsOf, openTestEngine, settle, statuses, until } from "../../support/test-engine.ts";

const ALL = { rounds: -1, steps: -1 };
const echo = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  action: "test.echo",
  params: {},
  ...more,
});

/** A worker whose answers the test lets out. */
function held() {
  const asked: { source: string; answer(value: Json): void; fail(error: Error): void }[] = [];
  const evaluate: Evaluate = ({ source }) =>
    new Promise((answer, fail) => void asked.push({ source, answer, fail }));
  const next = async () => {
    await until(() => asked.length > 0, "a request");
    return asked.shift()!;
  };
  return { asked, evaluate, next };
}

test("every kind of expression may be answered elsewhere, to the same end", async () => {
  const steps: JsonObject[] = [
    echo("a", { params: { list: [3, 1, 2] } }),
    echo("g", { depends_on: ["a"], condition: "steps.a.list.exists(x, x == 3)" }),
    echo("skipped", { depends_on: ["a"], condition: "size(steps.a.list) > 5" }),
    echo("p", {
      depends_on: ["a"],
      params: { sum: "${{steps.a.list[0] + 1}}", text: "${{size(steps.a.list)}} of ${{inputs.n}}" },
    }),
    {
      id: "c",
      type: "condition",
      depends_on: ["a"],
      config: { expression: "steps.a.list[1]", branches: { "1": [echo("one")] } },
    },
    {
      id: "l",
      type: "loop",
      depends_on: ["a"],
      config: { over: "steps.a.list.filter(x, x > 1)", body: [echo("b")] },
    },
    {
      id: "w",
      type: "loop",
      config: { mode: "while", condition: "iter.index < 3", body: [echo("b")] },
    },
    {
      id: "u",
      type: "loop",
      config: {
        mode: "until",
        condition: "steps.b.n >= 1",
        body: [
          echo("b", { params: { n: "${{loop.index + 0}}" } }),
        ],
      },
    },
  ];
  const more = { definition: { inputs: { n: "${{1 + 1}}" } }, wait_ms: 60_000 };
  const here = await (await openTestEngine()).run(steps, more);
  const engine = await openTestEngine({ evaluate: evaluateHere, inlineLimits: ALL });
  const there = await engine.run(steps, more);
  assert.equal(there.status, "completed");
  assert.deepEqual(there.output, here.output);
  assert.deepEqual(statuses(there), statuses(here));
  assert.deepEqual((there.output as JsonObject).p, { sum: 4, text: "3 of 2" });
  assert.equal(there.steps!.skipped!.status, "skipped");
});

test("a step that waits for an answer keeps its run active and has not begun", async () => {
  const { evaluate, next } = held();
  const engine = await openTestEngine({ evaluate, inlineLimits: ALL });
  const { workflow_id: id } = await engine.run([echo("a", { condition: "1 == 1" })], {
    wait_ms: 0,
  });
  const request = await next();
  assert.equal(request.source, "1 == 1");
  const status = await engine.opcode.status(id);
  assert.deepEqual([status.status, status.steps!.a!.status], ["active", "pending"]);
  request.answer(true);
  await until(async () => (await engine.opcode.status(id)).status === "completed", "the end");
  assert.deepEqual(await eventsOf(engine, id), [
    "workflow_started",
    "step_started a",
    "step_completed a",
    "workflow_completed",
  ]);
});

test("an error that is answered is the step's, with its code", async () => {
  const error = new OpcodeError("TIMEOUT_ERROR", "too long", { details: { retryable: false } });
  for (
    const step of [
      echo("a", { condition: "1 == 1" }),
      echo("a", { params: { x: "${{1 + 1}}" }, retry: { max: 2 } }),
      { id: "a", type: "condition", config: { expression: "1", branches: {} }, retry: { max: 2 } },
    ]
  ) {
    const engine = await openTestEngine({
      evaluate: () => Promise.reject(error),
      inlineLimits: ALL,
    });
    const reply = await engine.run([step], { wait_ms: 60_000 });
    assert.equal(reply.status, "failed");
    assert.equal(reply.steps!.a!.error!.code, "TIMEOUT_ERROR");
    const events = await eventsOf(engine, reply.workflow_id);
    assert.equal(events.filter((event) => event === "step_started a").length, 1);
    assert.ok(!events.includes("step_retrying a"));
  }
});

test("a cancelled run ignores the late answer", async () => {
  const { evaluate, next } = held();
  const engine = await openTestEngine({ evaluate, inlineLimits: ALL });
  const { workflow_id } = await engine.run([echo("a", { condition: "1 == 1" })], { wait_ms: 0 });
  const request = await next();
  await engine.opcode.signal({ workflow_id, signal_type: "cancel", payload: {} });
  request.answer(true);
  await settle();
  const status = await engine.opcode.status(workflow_id);
  assert.deepEqual([status.status, status.steps!.a!.status], ["cancelled", "skipped"]);
});

test("after a restart the expression is evaluated again", async () => {
  const { evaluate, next } = held();
  const engine = await openTestEngine({ evaluate, inlineLimits: ALL });
  const loop = {
    id: "l",
    type: "loop",
    config: { mode: "while", condition: "iter.index < 1", body: [echo("b")] },
  };
  const { workflow_id } = await engine.run([loop], { wait_ms: 0 });
  (await next()).answer(true);
  assert.equal((await next()).source, "iter.index < 1");
  await settle();
  const again = await engine.crash();
  const request = await next();
  assert.equal(request.source, "iter.index < 1");
  request.answer(false);
  const ended = async () => (await again.opcode.status(workflow_id)).status === "completed";
  await until(ended, "the end");
  const { output } = await again.opcode.status(workflow_id);
  assert.deepEqual(output, { iterations: 1, results: [{}] });
});

test("an answer counts for one round of a loop, and for one attempt", async () => {
  const sources: string[] = [];
  const evaluate: Evaluate = (request) => {
    sources.push(request.source);
    return evaluateHere(request);
  };
  const engine = await openTestEngine({ evaluate, inlineLimits: ALL });
  const reply = await engine.run([
    {
      id: "l",
      type: "loop",
      config: { mode: "while", condition: "iter.index < 2", body: [echo("b")] },
    },
    { id: "f", action: "test.fail", params: { times: "${{1 + 0}}" }, retry: { max: 1 } },
  ], { wait_ms: 60_000 });
  assert.equal(reply.status, "completed");
  assert.deepEqual(sources.filter((source) => source === "iter.index < 2").length, 3);
  assert.deepEqual(sources.filter((source) => source === "1 + 0").length, 2);
});

test("an external step that waits for its params gives its place back when the run ends", async () => {
  const { evaluate, next } = held();
  const engine = await openTestEngine({ evaluate, inlineLimits: ALL, poolSize: 1 });
  const external = { id: "a", action: "test.external", params: { x: "${{1 + 1}}" } };
  const { workflow_id } = await engine.run([external], { wait_ms: 0 });
  await next();
  await engine.opcode.signal({ workflow_id, signal_type: "cancel", payload: {} });
  await engine.define("other", [{ id: "b", action: "test.external", params: {} }]);
  await engine.opcode.run({ template_name: "other", agent_id: "t", params: {}, wait_ms: 0 });
  assert.equal((await engine.called("b")).stepId, "b");
});

test("over takes jq: a program that answers a list, and sees what CEL sees", async () => {
  const engine = await openTestEngine({ evaluate: evaluateHere });
  const over = (id: string, program: string, more: JsonObject = {}): JsonObject => ({
    id,
    type: "loop",
    depends_on: ["a"],
    config: { over: program, body: [echo("b", { params: { i: "${{loop.item}}" } })] },
    ...more,
  });
  const reply = await engine.run([
    echo("a", { params: { items: [{ n: 1 }, { n: 2 }, { n: 3 }], status: "own" } }),
    over("picked", "[.steps.a.items[] | select(.n > 1) | .n]"),
    over("several", ".steps.a.output.items[] | .n"),
    over("inputs", ".inputs.words | map(ascii_upcase)"),
    over("own", "[.steps.a.status, .workflow.name] | map(.)"),
  ], { params: { words: ["x"] }, wait_ms: 60_000 });
  assert.equal(reply.status, "completed");
  const results = Object.fromEntries(
    Object.entries(reply.output as Record<string, { results: { i: Json }[] }>)
      .map(([id, { results }]) => [id, results.map(({ i }) => i)]),
  );
  assert.deepEqual(results, {
    picked: [2, 3],
    several: [1, 2, 3],
    inputs: ["X"],
    own: ["own", "w"],
  });
});

test("over in jq that answers no list fails the step, once", async () => {
  for (const program of [".inputs.n | .x", ".inputs | .n", ".inputs.none[]? | ."]) {
    const engine = await openTestEngine({ evaluate: evaluateHere });
    const loop = {
      id: "l",
      type: "loop",
      config: { over: program, body: [echo("b")] },
      retry: { max: 2 },
    };
    const reply = await engine.run([loop], { params: { n: { x: null } }, wait_ms: 60_000 });
    assert.equal(reply.status, "failed");
    const error = reply.steps!.l!.error!;
    assert.equal(error.code, "EXECUTION_ERROR");
    assert.match(
      error.message,
      /must give a list, not (null|an object); \[ \] around a jq program/,
    );
    assert.ok(error.message.startsWith(`over: ${program} must`), error.message);
    assert.deepEqual([error.details!.expression, error.step_id], [program, "l"]);
  }
});

test("jq.transform runs within a workflow", async () => {
  const engine = await openTestEngine({ evaluate: evaluateHere });
  const reply = await engine.run([
    { id: "t", action: "jq.transform", params: { filter: "map(. * 2)", data: "${{inputs.xs}}" } },
    {
      id: "s",
      depends_on: ["t"],
      action: "jq.transform",
      params: { filter: ".steps.t.result | add" },
    },
  ], { params: { xs: [1, 2] }, wait_ms: 60_000 });
  assert.deepEqual(reply.output, { result: 6 });
});
