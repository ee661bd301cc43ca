// That long work lets the event loop do something else every few milliseconds, one piece a turn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inSlices } from "../../core/slices.ts";
import { ClockSlices } from "../../server/slices.ts";

/** Work of so many steps of 2 ms, of which each is noted. */
function* work(name: string, steps: number, notes: string[]): Generator<void, string> {
  for (let i = 0; i < steps; i++) {
    const end = performance.now() + 2;
    while (performance.now() < end);
    notes.push(name);
    yield;
  }
  return name;
}

test("a piece ends after some ten milliseconds, and others get their turn", async () => {
  const notes: string[] = [];
  let done = false;
  const long = inSlices(work("long", 40, notes), new ClockSlices()).then((name) => {
    done = true;
    return name;
  });
  const between: number[] = [];
  while (!done) {
    between.push(notes.length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await long, "long");
  const pieces = between.slice(1).map((n, i) => n - between[i]!);
  assert.ok(pieces.length >= 5, `pieces: ${pieces}`);
  // A busy machine makes a piece shorter, never longer.
  assert.ok(pieces.every((steps) => steps <= 6), `pieces: ${pieces}`);
});

test("two works at once take turns", async () => {
  const notes: string[] = [];
  await Promise.all(["a", "b"].map((name) => inSlices(work(name, 20, notes), new ClockSlices())));
  const shifts = notes.filter((name, i) => i > 0 && name !== notes[i - 1]).length;
  assert.ok(shifts >= 4, notes.join(""));
});
