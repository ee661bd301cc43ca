// Whether a step that completed and did less than one may think says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { leftUndone } from "../../../engine/verbs/left-undone.ts";
import { progressLine } from "../../../cli/progress.ts";
import type { Json } from "../../../core/json.ts";
import { eventId } from "../../support/rows.ts";

const status = "completed" as const;
const CUT = "stopped by max_iter after 3 iterations, more was to do";

function told(output: Json): string | undefined {
  return progressLine({
    id: eventId(1),
    workflow_id: "w",
    timestamp: "2026-11-21T12:00:00.000Z",
    sequence: 1,
    step_id: "s",
    event_type: "step_completed",
    payload: { duration_ms: 1, output },
  }, false);
}

test("a loop that max_iter has cut says so, also where its output is not shown", () => {
  const results = ["x".repeat(1_000), 2, 3];
  assert.equal(leftUndone({ status, output: { iterations: 3, results, exhausted: true } }), CUT);
  assert.equal(leftUndone({ status, exhausted_after: 3 }), CUT);
  assert.equal(
    leftUndone({ status, exhausted_after: 1 }),
    "stopped by max_iter after 1 iteration, more was to do",
  );
  assert.equal(told({ iterations: 3, results, exhausted: true }), `completed s 1 ms (${CUT})`);
  const ended = { iterations: 3, results, exhausted: false };
  assert.equal(leftUndone({ status, output: ended }), undefined);
  assert.equal(told(ended), "completed s 1 ms");
  assert.equal(
    leftUndone({ status: "failed", exhausted_after: 3 }),
    undefined,
    "its error says it",
  );
});

test("a condition that took no branch says so", () => {
  const none = "no branch was taken, there is none for prod";
  assert.equal(leftUndone({ status, output: { branch: "prod", skipped: true } }), none);
  assert.equal(told({ branch: "prod", skipped: true }), `completed s 1 ms (${none})`);
  for (const output of [{ branch: "prod", output: null }, { branch: "prod" }, { skipped: true }]) {
    assert.equal(leftUndone({ status, output }), undefined);
  }
  const other = { branch: "main", skipped: true, commits: 3 };
  assert.equal(leftUndone({ status, output: other }), undefined, "an output of another kind");
});
