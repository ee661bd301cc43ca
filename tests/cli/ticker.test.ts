// What the line says that shows that a run goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { noteStep, tickLine } from "../../cli/ticker.ts";
import { localTime } from "../../cli/times.ts";

const BEGUN = Date.parse("2026-01-31T12:00:00.000Z");
const at = (seconds: number) => new Date(BEGUN + seconds * 1_000).toISOString();
const clock = (seconds: number) => localTime(at(seconds));

function openAfter(...events: [type: string, step: string, seconds: number][]) {
  const open = new Map<string, number>();
  for (const [event_type, step_id, seconds] of events) {
    noteStep(open, { event_type, step_id, timestamp: at(seconds) } as never);
  }
  return open;
}

const line = (open: ReadonlyMap<string, number>, seconds: number, width = 80) =>
  tickLine(open, { begun: BEGUN, now: BEGUN + seconds * 1_000, width });

test("the step that began first is named, the others are counted", () => {
  const open = openAfter(
    ["step_started", "a", 0],
    ["step_completed", "a", 1],
    ["step_started", "b", 1],
    ["step_started", "c", 2],
    ["step_suspended", "c", 2],
  );
  assert.equal(line(open, 15), `  b goes on since ${clock(1)} (14 s), and 1 more`);
  noteStep(open, { event_type: "step_failed", step_id: "b", timestamp: at(20) } as never);
  assert.equal(line(open, 62), `  c goes on since ${clock(2)} (1 min 0 s)`);
  noteStep(open, { event_type: "step_started", step_id: "c", timestamp: at(90) } as never);
  assert.equal(line(open, 92), `  c goes on since ${clock(90)} (2 s)`, "an attempt begins anew");
});

test("what goes on inside a step is named in its place", () => {
  const open = openAfter(["step_started", "l", 0], ["step_started", "l.iter_0.x", 5]);
  assert.equal(line(open, 3_700), `  l.iter_0.x goes on since ${clock(5)} (1 h 1 min)`);
});

test("between two steps it is the run that goes on", () => {
  assert.equal(line(new Map(), 2), `  the run goes on since ${clock(0)} (2 s)`);
});

test("a long or nasty name keeps it on one line", () => {
  const open = openAfter(["step_started", "\x1b[2J" + "x".repeat(200), 0]);
  const shown = line(open, 2);
  assert.equal(shown.length, 79);
  assert.match(shown, /^ {2}\\u001b\[2Jx+… goes on since /);
});
