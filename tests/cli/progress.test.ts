// What is told of a run while it goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgress, progressLine } from "../../cli/progress.ts";
import type { EventReport } from "../../engine/api.ts";
import type { Json } from "../../core/json.ts";
import { eventId } from "../support/rows.ts";

function event(event_type: EventReport["event_type"], step_id: string, payload: Json): EventReport {
  return {
    id: eventId(1),
    workflow_id: "w",
    timestamp: "2026-11-21T12:00:00.000Z",
    sequence: 1,
    step_id,
    event_type,
    payload,
  };
}

function told(event_type: EventReport["event_type"], payload: Json): string | undefined {
  return progressLine(event(event_type, "s", payload), false);
}

const error = { code: "ASSERTION_FAILED", message: "no", step_id: "s" };

test("a settled step: its time, its error once, why it was skipped", () => {
  assert.equal(told("step_completed", { duration_ms: 12.4, output: 1 }), "completed s 12 ms");
  assert.equal(
    told("step_failed", { duration_ms: 3, error }),
    "failed s 3 ms [ASSERTION_FAILED] no",
  );
  assert.equal(told("step_skipped", { reason: "race_lost" }), "skipped s (race lost)");
  assert.equal(
    told("step_skipped", { reason: "condition_false", condition: "inputs.n == 2" }),
    "skipped s (not: inputs.n == 2)",
  );
});

test("what a fork keeps is told as kept, whatever it was", () => {
  assert.equal(told("step_completed", { duration_ms: 12, kept: true }), "completed s 12 ms (kept)");
  const skipped = { reason: "condition_false", kept: true };
  assert.equal(told("step_skipped", skipped), "skipped s (kept)");
  assert.equal(
    told("step_skipped", { reason: "error_ignored", error, kept: true }),
    "skipped s [ASSERTION_FAILED] no (kept)",
  );
});

test("an ignored failure is one line", () => {
  assert.equal(
    told("step_ignored", { strategy: "ignore", error }),
    "ignored s [ASSERTION_FAILED] no",
  );
  assert.equal(told("step_skipped", { reason: "error_ignored" }), undefined);
});

test("a retry: why, which and when", () => {
  const retry = { attempt: 1, max_attempts: 3, delay_ms: 1_500, error };
  assert.equal(
    told("step_retry_attempt", retry),
    "retrying s [ASSERTION_FAILED] no (retry 1 of 3 in 1.5 s)",
  );
  assert.match(told("step_retry_attempt", { ...retry, delay_ms: 0 })!, /\(retry 1 of 3 at once\)$/);
});

test("what repeats itself is cut once, in whatever states it is", () => {
  const progress = createProgress(false);
  const lines: (string | undefined)[] = [];
  for (let i = 0; i < 9; i++) {
    for (const event_type of ["step_suspended", "step_completed"] as const) {
      lines.push(progress(event(event_type, `l.iter_${i}.s`, {})));
    }
  }
  const shown = lines.filter((line) => line !== undefined);
  assert.equal(shown.length, 11);
  assert.deepEqual(shown.filter((line) => /more such steps/.test(line)), [
    "suspended l.iter_*.s … more such steps are not shown",
  ]);
});

test("other events are not told", () => {
  assert.equal(told("step_started", { attempt: 1 }), undefined);
  assert.equal(told("workflow_completed", null), undefined);
});

test("an attempt is told of only when nobody knows what the one before it has done", () => {
  assert.equal(told("step_started", { attempt: 2 }), undefined);
  assert.equal(
    told("step_started", { attempt: 2, interrupted: true }),
    "running s (again: attempt 2, the one before was interrupted and may have had its effect)",
  );
});
