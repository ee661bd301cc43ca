// What run and status say of a workflow and its steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { openTestEngine, settle } from "../../support/test-engine.ts";

test("status says what the workflow is, when, for whom, and how it ended", async () => {
  const engine = await openTestEngine();
  engine.clock.advance(1_000);
  const good = await engine.run([{ id: "a", action: "test.echo", params: { n: 1 } }]);
  const {
    status,
    output,
    template_name,
    template_version,
    agent_id,
    created_at,
    started_at,
    completed_at,
  } = await engine.opcode.status(good.workflow_id);
  const at = "1970-01-01T00:00:01.000Z";
  assert.deepEqual(
    {
      status,
      output,
      template_name,
      template_version,
      agent_id,
      created_at,
      started_at,
      completed_at,
    },
    {
      status: "completed",
      output: { n: 1 },
      template_name: "w",
      template_version: "v1",
      agent_id: "test",
      created_at: at,
      started_at: at,
      completed_at: at,
    },
  );
  const bad = await engine.run([{ id: "a", action: "test.fail" }]);
  const failed = await engine.opcode.status(bad.workflow_id);
  assert.equal(failed.error!.step_id, "a");
  assert.equal(failed.template_version, "v2");
  assert.equal(failed.output, undefined);
});

test("status shows the last 200 events, and says when there are more", async () => {
  const engine = await openTestEngine();
  const steps = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: `s${i}`, action: "test.echo" }));
  const long = await engine.opcode.status((await engine.run(steps(300))).workflow_id);
  assert.equal(long.events.length, 200);
  assert.equal(long.events_truncated, true);
  assert.equal(long.events.at(-1)!.event_type, "workflow_completed");
  const sequences = long.events.map(({ sequence }) => sequence);
  assert.deepEqual(sequences, sequences.map((_, i) => sequences[0]! + i));
  const short = await engine.opcode.status((await engine.run(steps(3))).workflow_id);
  assert.equal(short.events[0]!.sequence, 1);
  assert.equal(short.events_truncated, undefined);
});

test("every step that ran has a duration: at once, failed, ignored or retried", async () => {
  const engine = await openTestEngine();
  const { steps } = await engine.run([
    { id: "quick", action: "test.echo" },
    { id: "ignored", action: "test.fail", on_error: { strategy: "ignore" } },
    { id: "retried", action: "test.fail", params: { times: 1 }, retry: { max: 1 } },
    { id: "failed", action: "test.fail", depends_on: ["quick"] },
  ]);
  for (const id of ["quick", "ignored", "retried", "failed"]) {
    assert.equal(steps![id]!.duration_ms, 0, id);
  }
});

test("a failed step has the error that its action gave, and so has the workflow as the cause", async () => {
  const engine = await openTestEngine();
  const params = { code: "ASSERTION_FAILED", message: "1 is not 2" };
  const reply = await engine.run([{ id: "a", action: "test.fail", params }]);
  const original = {
    code: "ASSERTION_FAILED",
    message: "1 is not 2",
    details: { n: 1 },
    step_id: "a",
  };
  assert.deepEqual(reply.steps!.a!.error, original);
  assert.equal(reply.error!.code, "NON_RETRYABLE");
  assert.equal(reply.error!.step_id, "a");
  assert.deepEqual(reply.error!.details!.cause, original);
  const stored = await engine.opcode.status(reply.workflow_id);
  assert.deepEqual(stored.steps.a!.error, original);
});

test("a workflow that does not exist is NOT_FOUND for status, signal, diagram and run", async () => {
  const { opcode } = await openTestEngine();
  const notFound = { code: "NOT_FOUND", message: /not found/ };
  await assert.rejects(opcode.status("none"), notFound);
  await assert.rejects(
    opcode.signal({ workflow_id: "none", signal_type: "cancel", payload: {} }),
    notFound,
  );
  await assert.rejects(opcode.diagram({ workflow_id: "none", format: "mermaid" }), notFound);
  await assert.rejects(opcode.diagram({ template_name: "none", format: "mermaid" }), notFound);
  await assert.rejects(opcode.run({ template_name: "none", agent_id: "x" }), notFound);
});

test("status tells the steps in the order of the definition, iterations by number", async () => {
  const engine = await openTestEngine();
  const pause = (id: string) => ({ id, type: "wait" as const, config: { signal: "go" } });
  const echo = (id: string) => ({ id, action: "test.echo" });
  const { workflow_id } = await engine.run([
    {
      id: "z",
      type: "loop",
      config: {
        over: [...Array(11).keys()],
        concurrency: 11,
        body: [
          {
            id: "y",
            type: "condition",
            config: { expression: "'b.1'", branches: { "b.1": [echo("x"), echo("a")] } },
          },
          pause("b"),
        ],
      },
    },
    {
      id: "p",
      type: "parallel",
      config: { branches: [[echo("d"), echo("c")], [pause("a")]] },
    },
  ]);
  const { steps, waiting_signals } = await engine.opcode.status(workflow_id);
  const iterations = [...Array(11).keys()].map((n) => `z.iter_${n}`);
  assert.deepEqual(Object.keys(steps), [
    "z",
    ...iterations.flatMap((at) => [`${at}.y`, `${at}.y.b.1.x`, `${at}.y.b.1.a`, `${at}.b`]),
    "p",
    "p.branch_0.d",
    "p.branch_0.c",
    "p.branch_1.a",
  ]);
  assert.deepEqual(
    waiting_signals!.map(({ step_id }) => step_id),
    [...iterations.map((at) => `${at}.b`), "p.branch_1.a"],
  );
});

test("a run that its own timeout has suspended says so, until it goes on", async () => {
  const engine = await openTestEngine();
  const steps: JsonObject[] = [
    { id: "w", type: "wait", config: { duration: "3s" } },
    { id: "s", type: "wait", config: { signal: "go" } },
  ];
  const running = engine.run(steps, { definition: { timeout: "1s", on_timeout: "suspend" } });
  await settle();
  engine.clock.advance(1_000);
  const reply = await running;
  assert.deepEqual([reply.status, reply.timed_out], ["suspended", true]);
  const { workflow_id } = reply;
  assert.equal((await engine.opcode.status(workflow_id)).timed_out, true);
  const next = await engine.opcode.signal({ workflow_id, signal_type: "data", wait_ms: 0 });
  assert.deepEqual([next.resumed, next.timed_out], [true, undefined]);
  assert.equal((await engine.opcode.status(workflow_id)).timed_out, undefined);
});
