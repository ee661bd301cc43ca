// Whether a loop that max_iter ends says so, or fails by it when it should.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { echo, external, loop } from "../../support/steps.ts";
import { eventsOf, openTestEngine, settle, until } from "../../support/test-engine.ts";

/** Kind, config, how many iterations, and whether there was more to do. */
const LOOPS: [string, JsonObject, number, boolean][] = [
  ["while, cut", { mode: "while", condition: "true", max_iter: 3 }, 3, true],
  [
    "while, ended by its condition",
    {
      mode: "while",
      condition: "iter.index < 2",
      max_iter: 3,
    },
    2,
    false,
  ],
  [
    "while, ended at the limit",
    {
      mode: "while",
      condition: "iter.index < 3",
      max_iter: 3,
    },
    3,
    false,
  ],
  ["until, cut", { mode: "until", condition: "false", max_iter: 3 }, 3, true],
  [
    "until, ended at the limit",
    {
      mode: "until",
      condition: "iter.index == 2",
      max_iter: 3,
    },
    3,
    false,
  ],
  ["for_each, cut", { over: [1, 2, 3, 4], max_iter: 3 }, 3, true],
  ["for_each side by side, cut", { over: [1, 2, 3, 4], max_iter: 3, concurrency: 2 }, 3, true],
  ["for_each with as many items", { over: [1, 2, 3], max_iter: 3 }, 3, false],
];

test("a loop with max_iter says whether there was more to do, a loop without does not", async () => {
  const engine = await openTestEngine();
  for (const [what, config, iterations, exhausted] of LOOPS) {
    const { output, workflow_id, steps } = await engine.run([loop("l", config, [echo("x")])]);
    const { results, ...told } = output as JsonObject;
    assert.deepEqual(told, { iterations, exhausted }, what);
    assert.equal((results as unknown[]).length, iterations);
    const after = exhausted ? iterations : undefined;
    assert.equal(steps!.l!.exhausted_after, after, what);
    const stored = await engine.opcode.status(workflow_id);
    assert.equal(stored.steps.l!.exhausted_after, after, what);
    await eventsOf(engine, workflow_id);
  }
  const config = { mode: "while", condition: "iter.index < 2" };
  const { output } = await engine.run([loop("l", config, [echo("x")])]);
  assert.deepEqual(Object.keys(output as JsonObject), ["iterations", "results"]);
});

test("with fail_on_exhausted such a loop fails and says by what, any other completes", async () => {
  const engine = await openTestEngine();
  for (const [what, config, , exhausted] of LOOPS) {
    const reply = await engine.run([
      loop("l", { ...config, fail_on_exhausted: true }, [echo("x")]),
      echo("after", {}, { depends_on: ["l"] }),
    ]);
    assert.equal(reply.status, exhausted ? "failed" : "completed", what);
    if (!exhausted) continue;
    const { error } = reply.steps!.l!;
    assert.equal(error!.code, "EXECUTION_ERROR");
    assert.match(
      error!.message,
      /^the loop is exhausted after 3 iterations \(max_iter\): (there are 4 items|its condition is (still true|not true yet))$/,
    );
    const items = what.startsWith("for_each") && { items: 4 };
    assert.deepEqual(error!.details, { exhausted: true, max_iter: 3, ...items });
    assert.deepEqual([reply.steps!.l!.status, reply.steps!.after!.status], ["failed", "pending"]);
    await eventsOf(engine, reply.workflow_id);
  }
});

test("a retry, by policy or by signal, lets an exhausted loop begin anew, over a crash too", async () => {
  let engine = await openTestEngine();
  const config = {
    mode: "until",
    condition: "steps.ask.output == 'ready'",
    max_iter: 2,
    fail_on_exhausted: true,
  };
  const retry = { max: 1, backoff: "none" };
  const { workflow_id } = await engine.run(
    [loop("poll", config, [external("ask")], { retry })],
    { wait_ms: 0 },
  );
  const answer = async (output: string, count: number) => {
    await until(() => engine.calls.length === count, `call ${count}`);
    engine.open.at(-1)!.resolve(output);
    await settle();
  };
  for (let n = 1; n <= 4; n++) await answer("not yet", n);
  const failed = await engine.opcode.status(workflow_id);
  assert.equal(failed.status, "failed");
  assert.equal(failed.error!.code, "RETRY_EXHAUSTED");
  engine = await engine.crash();
  const signal = { workflow_id, signal_type: "retry" as const, step_id: "poll", wait_ms: 0 };
  await engine.opcode.signal(signal);
  await answer("not yet", 1);
  await answer("ready", 2);
  const { output } = await engine.opcode.status(workflow_id);
  assert.deepEqual(output, { iterations: 2, results: ["not yet", "ready"], exhausted: false });
  await eventsOf(engine, workflow_id);
});

test("a retry of what was exhausted, but failed by its results' size, runs no iteration again", async () => {
  const engine = await openTestEngine({ limits: { maxStepOutput: 1_000 } });
  const config = { mode: "until", condition: "false", max_iter: 3 };
  const { workflow_id } = await engine.run(
    [loop("l", config, [external("x")])],
    { wait_ms: 0 },
  );
  for (let n = 1; n <= 3; n++) {
    await until(() => engine.calls.length === n, `call ${n}`);
    engine.open.at(-1)!.resolve("x".repeat(400));
    await settle();
  }
  const failed = await engine.opcode.status(workflow_id);
  assert.match(failed.steps.l!.error!.message, /exceeds max_step_output/);
  const request = { workflow_id, signal_type: "retry" as const, step_id: "l", agent_id: "a" };
  await engine.opcode.signal({ ...request, wait_ms: 0 });
  await settle();
  assert.equal(engine.calls.length, 3);
  await eventsOf(engine, workflow_id);
});

test("a condition that fails when it is asked at the limit fails its loop", async () => {
  const engine = await openTestEngine();
  const config = { mode: "while", condition: "iter.index < 2 || 1/0 == 1", max_iter: 2 };
  const reply = await engine.run([loop("l", config, [echo("x")])]);
  assert.equal(reply.status, "failed");
});
