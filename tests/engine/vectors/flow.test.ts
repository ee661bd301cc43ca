// Acceptance vectors of condition, loop, parallel and wait.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { condition, echo, external, failing, loop, parallel, wait } from "../../support/steps.ts";
import { eventsOf, openTestEngine, pass, settle, statuses } from "../../support/test-engine.ts";

const count = (events: string[], event: string) => events.filter((one) => one === event).length;

/** Runs one step and returns its output. */
async function outputOf(step: JsonObject, params: JsonObject = {}): Promise<Json | undefined> {
  const engine = await openTestEngine();
  const reply = await engine.run([step], { params });
  assert.equal(reply.status, "completed", JSON.stringify(reply.error));
  return reply.output;
}

const keys: [expression: string, key: string][] = [
  ["1 < 2", "true"],
  ["1 > 2", "false"],
  ["'gold'", "gold"],
  ["2 + 3", "5"],
  ["5.0", "5"],
  ["2.5", "2.5"],
  ["1e7", "10000000"],
  ["null", "null"],
];

for (const [expression, key] of keys) {
  test(`vector 8: ${expression} takes the branch ${key}`, async () => {
    const branches = { [key]: [echo("s", { took: key })], other: [echo("s")] };
    assert.deepEqual(await outputOf(condition("cond", expression, { branches })), {
      branch: key,
      output: { took: key },
    });
  });
}

test("vector 8: without a match the default runs, its steps have ids of their own", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    condition("cond", "'none'", {
      branches: { some: [echo("sub", { in: "some" })] },
      default: [echo("sub", { in: "default" })],
    }),
  ]);
  assert.deepEqual(reply.output, { branch: "default", output: { in: "default" } });
  assert.deepEqual(statuses(reply), { "cond": "completed", "cond.default.sub": "completed" });
});

test("vector 8: without a match and a default the condition completes and is skipped over", async () => {
  const branches = { some: [echo("sub")] };
  assert.deepEqual(await outputOf(condition("cond", "'none'", { branches })), {
    branch: "none",
    skipped: true,
  });
});

test("vector 8: conditions in conditions; a branch that is not chosen has no states", async () => {
  const engine = await openTestEngine();
  const inner = condition("inner", "inputs.n", {
    branches: { "1": [echo("leaf", { at: 1 })], "2": [echo("leaf", { at: 2 })] },
  });
  const reply = await engine.run([
    condition("outer", "inputs.n > 0", { branches: { true: [inner], false: [echo("no")] } }),
  ], { params: { n: 2 } });
  assert.deepEqual(reply.output, {
    branch: "true",
    output: { branch: "2", output: { at: 2 } },
  });
  assert.deepEqual(statuses(reply), {
    "outer": "completed",
    "outer.true.inner": "completed",
    "outer.true.inner.2.leaf": "completed",
  });
});

const loops: [what: string, config: JsonObject, iterations: number][] = [
  ["for_each over three items", { over: ["a", "b", "c"] }, 3],
  ["for_each over none", { over: [] }, 0],
  ["for_each with max_iter 3 over ten", { over: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], max_iter: 3 }, 3],
  ["while true with max_iter 5", { mode: "while", condition: "true", max_iter: 5 }, 5],
  ["while false", { mode: "while", condition: "false" }, 0],
  ["until true", { mode: "until", condition: "true" }, 1],
];

for (const [what, config, iterations] of loops) {
  test(`vector 9: ${what} is ${iterations} iterations, and the log has each`, async () => {
    const engine = await openTestEngine();
    const reply = await engine.run([loop("l", config, [echo("s", { n: "${{loop.index}}" })])]);
    assert.equal(reply.status, "completed");
    assert.deepEqual(reply.output, {
      iterations,
      // Beyond the vector: both that have a limit are cut by it.
      ...(config.max_iter !== undefined && { exhausted: true }),
      results: Array.from({ length: iterations }, (_, n) => ({ n })),
    });
    const events = await eventsOf(engine, reply.workflow_id);
    assert.equal(count(events, "loop_iter_started l"), iterations);
    assert.equal(count(events, "loop_iter_completed l"), iterations);
    assert.equal(count(events, "loop_completed l"), 1);
  });
}

test("vector 9: a loop of two in a loop of three runs its leaf six times", async () => {
  const engine = await openTestEngine();
  const leaf = echo("leaf", { inner: "${{loop.item}}", outer: "${{steps.of.output.item}}" });
  const reply = await engine.run([
    loop("outer", { over: ["a", "b", "c"] }, [
      echo("of", { item: "${{loop.item}}" }),
      loop("inner", { over: [1, 2] }, [leaf]),
    ]),
  ]);
  assert.equal(reply.status, "completed");
  const leaves = Object.keys(statuses(reply)).filter((id) => id.endsWith(".leaf"));
  assert.equal(leaves.length, 6);
  assert.deepEqual(reply.steps!["outer.iter_2.inner.iter_1.leaf"]!.output, {
    inner: 2,
    outer: "c",
  });
});

test("vector 10: outputs of all branches stand in their order, whichever ends first", async () => {
  const engine = await openTestEngine();
  const running = engine.run([parallel("p", [[external("a")], [external("b")]])]);
  const first = await engine.called("p.branch_0.a");
  (await engine.called("p.branch_1.b")).resolve("b");
  await settle();
  first.resolve("a");
  assert.deepEqual((await running).output, { mode: "all", branches: ["a", "b"] });
});

test("vector 10: one failing branch fails the parallel step", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    parallel("p", [[echo("a")], [failing("b", { message: "no" })], [echo("c")]]),
  ]);
  assert.equal(reply.status, "failed");
  assert.equal(reply.error!.step_id, "p.branch_1.b");
  assert.deepEqual(statuses(reply), {
    "p": "failed",
    "p.branch_0.a": "completed",
    "p.branch_1.b": "failed",
    "p.branch_2.c": "completed",
  });
});

test("vector 10: the fast branch of a race wins", async () => {
  const engine = await openTestEngine();
  const racing = engine.run([parallel("p", [[external("slow")], [external("fast")]], "race")]);
  const slow = await engine.called("p.branch_0.slow");
  (await engine.called("p.branch_1.fast")).resolve("done");
  const reply = await racing;
  assert.deepEqual(reply.output, { mode: "race", winner: 1, output: "done" });
  assert.ok(slow.signal.aborted);
});

test("vector 10: a race that all branches lose fails", async () => {
  const engine = await openTestEngine();
  const racing = engine.run([parallel("p", [[external("a")], [external("b")]], "race")]);
  const a = await engine.called("p.branch_0.a");
  (await engine.called("p.branch_1.b")).reject(new Error("b was first"));
  await settle();
  a.reject(new Error("a was second"));
  const reply = await racing;
  assert.equal(reply.status, "failed");
  assert.match(reply.error!.message, /b was first/);
});

test("vector 11: a wait of 10 ms answers how long, between its two events", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([wait("w", { duration: "10ms" })], { wait_ms: 0 });
  await pass(engine, 9);
  assert.equal((await engine.opcode.status(workflow_id)).status, "active");
  await pass(engine, 1);
  const { status, output } = await engine.opcode.status(workflow_id);
  assert.equal(status, "completed");
  assert.deepEqual(output, { waited: 10 });
  assert.deepEqual((await eventsOf(engine, workflow_id)).slice(1, -1), [
    "step_started w",
    "wait_started w",
    "wait_completed w",
    "step_completed w",
  ]);
});

test("vector 11: a wait for a signal completes on one with its step id", async () => {
  const engine = await openTestEngine();
  const { workflow_id, status } = await engine.run([wait("w", { signal: "go" })]);
  assert.equal(status, "suspended");
  const reply = await engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    step_id: "w",
    payload: { by: "hand" },
  });
  assert.equal(reply.status, "completed");
  assert.deepEqual(reply.output, { signal: "go", payload: { by: "hand" } });
});

const waits: JsonObject[] = [{ duration: "1h" }, { duration: "5s" }, { signal: "go" }];

for (const config of waits) {
  test(`vector 11: a cancelled workflow ends the wait ${JSON.stringify(config)}`, async () => {
    const engine = await openTestEngine();
    const { workflow_id } = await engine.run([wait("w", config)], { wait_ms: 0 });
    await settle();
    const { status } = await engine.opcode.signal({ workflow_id, signal_type: "cancel" });
    assert.equal(status, "cancelled");
    await settle();
    assert.equal((await engine.opcode.status(workflow_id)).steps.w!.status, "skipped");
    await pass(engine, 3_600_000);
    assert.ok(!(await eventsOf(engine, workflow_id)).includes("wait_completed w"));
  });
}
