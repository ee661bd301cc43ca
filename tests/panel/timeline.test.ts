// Whether a timeline says when what was at work, for attempts, waits, restarts and what still goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { timelineOf } from "../../panel/timeline.ts";

type Told = [ms: number, type: string, step?: string, payload?: object];

const START = Date.UTC(2026, 0, 1);

function drawn(told: Told[], now = 10_000) {
  const events = told.map(([ms, event_type, step_id, payload], at) => ({
    id: String(at),
    workflow_id: "w",
    sequence: at + 1,
    event_type,
    timestamp: new Date(START + ms).toISOString(),
    ...(step_id !== undefined && { step_id }),
    ...(payload && { payload }),
  }));
  const { rows, from, to } = timelineOf(events as never, START + now);
  const spans = Object.fromEntries(rows.map(({ step, spans }) => [
    step,
    spans.map((span) => `${span.from - START}–${span.to - START} ${span.state} ${span.attempt}`),
  ]));
  return { from: from - START, to: to - START, spans };
}

test("each attempt is a span, and so is the pause between them", () => {
  const { spans, from, to } = drawn([
    [0, "workflow_started"],
    [5, "step_started", "a", { attempt: 1 }],
    [15, "step_retry_attempt", "a", { attempt: 1 }],
    [15, "step_retrying", "a"],
    [40, "step_started", "a", { attempt: 2 }],
    [60, "step_completed", "a", { attempt: 2 }],
    [61, "workflow_completed"],
  ]);
  assert.deepEqual(spans, { a: ["5–15 failed 1", "40–60 completed 2"] });
  assert.deepEqual([from, to], [0, 61]);
});

test("a failure that is passed over stays one", () => {
  const { spans } = drawn([
    [0, "step_started", "a", { attempt: 1 }],
    [9, "step_ignored", "a"],
    [9, "step_skipped", "a"],
  ]);
  assert.deepEqual(spans, { a: ["0–9 failed 1"] });
});

test("what waits for an answer is told from what is at work", () => {
  const told: Told[] = [
    [0, "step_started", "ask"],
    [0, "step_suspended", "ask"],
    [0, "workflow_suspended"],
  ];
  assert.deepEqual(drawn(told).spans, { ask: ["0–10000 waits 1"] });
  assert.deepEqual(drawn([...told, [90, "step_completed", "ask"]]).spans, {
    ask: ["0–90 waits 1"],
  });
  assert.deepEqual(drawn([...told, [90, "step_failed", "ask"]]).spans, {
    ask: ["0–90 failed 1"],
  });
});

test("what goes on reaches to the present, and nowhere once the run is over", () => {
  const told: Told[] = [[0, "workflow_started"], [1, "step_started", "a", { attempt: 1 }]];
  assert.deepEqual(drawn(told).spans, { a: ["1–10000 busy 1"] });
  assert.deepEqual(drawn([...told, [7, "workflow_cancelled"]]).spans, { a: ["1–7 ended 1"] });
  assert.equal(drawn([...told, [7, "workflow_cancelled"]]).to, 7);
});

test("a daemon that died cut what was at work, not what waits nor what holds the others", () => {
  const { spans } = drawn([
    [0, "step_started", "loop"],
    [1, "step_started", "loop.a", { attempt: 1 }],
    [1, "step_started", "ask"],
    [2, "step_suspended", "ask"],
    [50, "workflow_interrupted"],
    [70, "step_started", "loop.a", { attempt: 2 }],
    [80, "step_completed", "loop.a", { attempt: 2 }],
    [80, "step_completed", "loop"],
    [81, "step_completed", "ask"],
  ]);
  assert.deepEqual(spans, {
    loop: ["0–80 completed 1"],
    "loop.a": ["1–50 ended 1", "70–80 completed 2"],
    ask: ["1–2 completed 1", "2–81 waits 1"],
  });
});

test("a skipped step that never began has no row, and no events make no scale", () => {
  assert.deepEqual(drawn([[0, "workflow_started"], [1, "step_skipped", "a"]]).spans, {});
  assert.deepEqual(timelineOf([], START).rows, []);
});
