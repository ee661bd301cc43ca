// Whether the checkers of deliveries and callbacks see what is wrong with them, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../../../engine/store/store.ts";
import { callbackRow, eventId, uuid } from "../../support/rows.ts";
import type { Heard } from "../world/receiver.ts";
import { type CallbackEvidence, checkCallbacks } from "./callbacks.ts";
import { checkDeliveries } from "./deliveries.ts";

/** A run that paused and completed: events 2 and 3 are to be heard of. */
function record(more: object[] = [], said: object = {}): RunRecord {
  const event = (seq: number, type: string, payload: unknown) => ({
    ...{ id: eventId(seq), seq, type, stepId: null, at: seq, payload: JSON.stringify(payload) },
  });
  return {
    run: { id: uuid(1), runNo: 1, templateName: "main", forkedFrom: null, params: '{"n":1}' },
    events: [
      event(1, "workflow_started", said),
      event(2, "workflow_suspended", {}),
      event(3, "workflow_completed", { output: { n: 1 } }),
      ...more.map((payload, i) => event(4 + i, "callback_failed", payload)),
    ],
  } as unknown as RunRecord;
}

function heard(seq: number, change: Partial<Heard> & { body?: object } = {}): Heard {
  const event = seq === 2 ? "suspended" : "completed";
  const body = {
    ...{ id: `${uuid(1)}.${seq}`, workflow_id: uuid(1), event, status: event },
    ...(seq === 3 && { output: { n: 1 } }),
  };
  return { isSigned: true, isTaken: true, ...change, body: { ...body, ...change.body } };
}

function evidence(change: Partial<CallbackEvidence>): CallbackEvidence {
  return {
    template: "main",
    wanted: ["suspended", "completed"],
    heard: [heard(2), heard(3)],
    records: [record()],
    rows: [],
    timers: [],
    now: 1_000,
    ...change,
  };
}

const waiting = { ...callbackRow(1, 3, { dueAt: 2_000 }), isBehind: false };
const timer = { key: "callback:1.3", dueAt: 2_000 };
const gone = { ...callbackRow(1, 2, { event: "suspended", givenUpAt: 9 }), isBehind: false };

const WELL: Record<string, Partial<CallbackEvidence>> = {
  "all that was told once": {},
  "one that was told again after a refusal": {
    heard: [heard(2, { isTaken: false }), heard(2), heard(3)],
  },
  "one that waits with its timer": { heard: [heard(2)], rows: [waiting], timers: [timer] },
  "one that was given up, and the next": {
    heard: [heard(2, { isTaken: false }), heard(3)],
    records: [record([{ sequence: 2 }])],
    rows: [gone],
  },
  "what nobody wants to hear": { wanted: [], heard: [] },
};
for (const [what, change] of Object.entries(WELL)) {
  test(`${what} is well`, () => assert.deepEqual(checkCallbacks(evidence(change)), []));
}

const WRONG: Record<string, [Partial<CallbackEvidence>, RegExp]> = {
  "an event that nobody was told": [{ heard: [heard(2)] }, /nobody was told of event 3/],
  "a later one before an earlier": [{ heard: [heard(3), heard(2)] }, /3 came although 2 was not/],
  "one that came after the next": [{ heard: [heard(2), heard(3), heard(2)] }, /2 came after 3/],
  "a wrong signature": [{ heard: [heard(2, { isSigned: false }), heard(3)] }, /wrong signature/],
  "another output": [{ heard: [heard(2), heard(3, { body: { output: 2 } })] }, /another output/],
  "another event's words": [{ heard: [heard(2, { body: { event: "failed" } }), heard(3)] }, /says/],
  "one without a timer": [{ heard: [heard(2)], rows: [waiting] }, /timer callback:1.3 is due at/],
  "one that is late": [
    { heard: [heard(2)], rows: [waiting], timers: [timer], now: 3_000 },
    /was due 1000 ms ago/,
  ],
  "a timer of nothing": [{ timers: [timer] }, /is of nothing/],
  "a callback of no run": [{
    heard: [heard(2), heard(3), heard(2, { body: { workflow_id: "x" } })],
  }, /of no run/],
};
for (const [what, [change, said]] of Object.entries(WRONG)) {
  test(`${what} is seen`, () => assert.match(checkCallbacks(evidence(change)).join("\n"), said));
}

test("a delivery has one run with what it said; more, none, another's or a stranger's is seen", () => {
  const said = { trigger: "webhook:in", delivery_id: "d" };
  const sent = { id: "d", body: { n: 1 }, runId: uuid(1) };
  const run = record([], said);
  assert.deepEqual(checkDeliveries([sent], [run]), []);
  assert.deepEqual(checkDeliveries([{ ...sent, runId: null }], []), []);
  assert.match(checkDeliveries([sent], [run, run]).join(), /d has started 2 runs/);
  assert.match(checkDeliveries([sent], []).join(), /which is not there/);
  assert.match(checkDeliveries([{ ...sent, body: { n: 2 } }], [run]).join(), /was given \{"n":1\}/);
  assert.match(checkDeliveries([], [run]).join(), /which is none/);
});
