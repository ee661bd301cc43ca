// Whether a run's rows say what its events say.

import assert from "node:assert/strict";
import type { Json } from "../../core/json.ts";
import { foldEvents } from "./fold.ts";
import type { RunRecord, Store } from "../../engine/store/store.ts";

/** Reads a run with all its events and asserts that fold(events) = rows, without a gap. */
export async function assertFoldMatchesRows(store: Store, runId: string): Promise<RunRecord> {
  const record = await store.readRun(runId, { events: 1_000_000 });
  assert.ok(record, `run ${runId} is not in the store`);
  const { run, steps, events } = record;
  assert.deepEqual(events.map((event) => event.seq), events.map((_, i) => i + 1), "sequences");
  const folded = foldEvents(events);
  const parse = (text: string | null) => text === null ? undefined : JSON.parse(text) as Json;
  assert.equal(folded.status, run.status, `status of ${runId}`);
  assert.equal(folded.lastSeq, run.lastSeq, `last sequence of ${runId}`);
  assert.deepEqual(folded.output, parse(record.output), `output of ${runId}`);
  assert.deepEqual([...folded.steps.keys()].sort(), steps.map((step) => step.stepId).sort());
  for (const step of steps) {
    const { status, attempt, retries, output } = folded.steps.get(step.stepId)!;
    assert.deepEqual(
      { status, attempt, retries, output },
      {
        status: step.status,
        attempt: step.attempt,
        retries: step.retries,
        output: parse(step.output),
      },
      `step ${step.stepId} of ${runId}`,
    );
  }
  return record;
}
