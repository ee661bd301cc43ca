// What is told of an error further out, and who handles it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorObject } from "../../../core/errors.ts";
import { retryDelay } from "../../../engine/transition/backoff.ts";
import { condition, echo, failing, fallback, loop, parallel } from "../../support/steps.ts";
import { eventsOf, openTestEngine, statuses } from "../../support/test-engine.ts";

const cause = (error: ErrorObject | undefined) => error!.details!.cause as unknown as ErrorObject;

test("an error keeps its code and details however deep it was, and collects no prefixes", async () => {
  const engine = await openTestEngine();
  const leaf = failing("leaf", { code: "PATH_DENIED", message: "not there" });
  const reply = await engine.run([
    parallel("p", [[
      loop("l", { over: [1] }, [condition("c", "true", { branches: { true: [leaf] } })]),
    ]]),
  ]);
  const id = "p.branch_0.l.iter_0.c.true.leaf";
  const { code, message, step_id } = reply.error!;
  assert.deepEqual({ code, message, step_id }, {
    code: "NON_RETRYABLE",
    message: "not there",
    step_id: id,
  });
  assert.deepEqual(cause(reply.error), {
    code: "PATH_DENIED",
    message: "not there",
    details: { n: 1 },
    step_id: id,
  });
  assert.deepEqual(reply.steps![id]!.error, cause(reply.error));
});

test("with retry.max 0 no retries are exhausted", async () => {
  const engine = await openTestEngine();
  const codeOf = async (code: string) =>
    (await engine.run([failing("a", { code }, { retry: { max: 0 } })])).error!.code;
  assert.equal(await codeOf("VALIDATION_ERROR"), "NON_RETRYABLE");
  assert.equal(await codeOf("EXECUTION_ERROR"), "STEP_FAILED");
});

test("the fallback of a step inside another is looked for beside it, then further out", async () => {
  const engine = await openTestEngine();
  const branches = {
    near: [failing("a", {}, fallback("plan_b")), echo("plan_b", { from: "near" })],
    far: [
      failing("a", {}, fallback("plan_b")),
      echo("next", { b: "${{steps.plan_b.output.from}}" }),
    ],
  };
  const steps = [
    condition("c", "inputs.where", { branches }),
    echo("plan_b", { from: "further out" }),
  ];
  const near = await engine.run(steps, { params: { where: "near" } });
  assert.equal(near.status, "completed");
  assert.deepEqual(statuses(near), {
    "c": "completed",
    "c.near.a": "failed",
    "c.near.plan_b": "completed",
    "plan_b": "skipped",
  });
  const far = await engine.run(steps, { params: { where: "far" } });
  assert.equal(far.status, "completed");
  assert.deepEqual(statuses(far), {
    "c": "completed",
    "c.far.a": "failed",
    "c.far.next": "completed",
    "plan_b": "completed",
  });
  assert.deepEqual(far.steps!["c.far.next"]!.output, { b: "further out" });
  const events = await eventsOf(engine, far.workflow_id);
  assert.equal(events.filter((event) => event === "step_started plan_b").length, 1);
});

test("a failed step that was handled reads as null, its fallback under its own id", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    failing("a", {}, fallback("plan_b")),
    echo("plan_b", { by: "b" }),
    echo("c", {
      a: "${{steps.a.output}}",
      status: "${{steps.a.status}}",
      b: "${{steps.plan_b.output.by}}",
    }, { depends_on: ["a"] }),
  ]);
  assert.equal(reply.status, "completed");
  assert.deepEqual(reply.steps!.c!.output, { a: null, status: "failed", b: "b" });
});

test("a backoff stays within a number however many retries there were", () => {
  const policy = { max: 5_000, backoff: "exponential", delayMs: 1, maxDelayMs: Infinity } as const;
  assert.equal(retryDelay(policy, 4_000), Number.MAX_SAFE_INTEGER);
  assert.equal(retryDelay({ ...policy, maxDelayMs: 60_000 }, 4_000), 60_000);
});
