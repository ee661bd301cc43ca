// Whether the log's last word on a step is found on whichever page it stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { stepOutcome } from "../../../engine/verbs/step-outcome.ts";

const started = { event_type: "step_started" };
const retrying = { event_type: "step_retrying" };
const done = { event_type: "step_completed", payload: { output: 1, duration_ms: 2 } };
const failed = { event_type: "step_failed", payload: { error: { code: "X", message: "no" } } };

async function outcome(...pages: JsonObject[][]): Promise<JsonObject> {
  return await stepOutcome((async function* () {
    yield* pages;
  })());
}

test("an outcome on a later page counts, and one of an earlier attempt does not", async () => {
  assert.deepEqual(await outcome([started, retrying], [done]), {
    status: "completed",
    output: 1,
    duration_ms: 2,
  });
  const { status, error } = await outcome([started, done], [started], [failed, retrying]);
  assert.deepEqual([status, (error as JsonObject).code], ["failed", "X"]);
  assert.deepEqual(await outcome([started, failed], [started], [retrying]), { status: "running" });
});

test("an outcome on the first page counts though later ones have none; no step has none", async () => {
  assert.equal((await outcome([started, done], [retrying], [])).status, "completed");
  assert.deepEqual(await outcome([]), {});
});
