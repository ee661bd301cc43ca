// How long a retry waits that a server has asked to put off.

import assert from "node:assert/strict";
import { test } from "node:test";
import { delayAfter } from "../../../engine/transition/backoff.ts";
import type { PlanRetry } from "../../../engine/definition/plan.ts";

const policy = (more: Partial<PlanRetry> = {}): PlanRetry => ({
  max: 3,
  backoff: "constant",
  delayMs: 1_000,
  maxDelayMs: Infinity,
  ...more,
});
const failed = (retry_after_ms?: number, status_code: number | undefined = 429) => ({
  code: "EXECUTION_ERROR" as const,
  message: "x",
  details: {
    ...(status_code !== undefined && { status_code }),
    ...(retry_after_ms !== undefined && { retry_after_ms }),
  },
});

test("the policy's delay, or a longer one that a server asks for", () => {
  assert.equal(delayAfter(policy(), 0, failed()), 1_000);
  assert.equal(delayAfter(policy(), 0, failed(7_000)), 7_000);
  assert.equal(delayAfter(policy(), 0, failed(10)), 1_000);
  assert.equal(delayAfter(policy({ backoff: "none" }), 0, failed(7_000)), 7_000);
});

test("up to max_delay, or else five minutes", () => {
  assert.equal(delayAfter(policy({ maxDelayMs: 5_000 }), 0, failed(7_000)), 5_000);
  assert.equal(delayAfter(policy({ maxDelayMs: 3_600_000 }), 0, failed(900_000)), 900_000);
  assert.equal(delayAfter(policy(), 0, failed(900_000)), 300_000);
});

test("what no server has said changes nothing", () => {
  const busy = { code: "BUSY" as const, message: "x", details: { retry_after_ms: 9_000 } };
  assert.equal(delayAfter(policy(), 0, busy), 1_000);
});
