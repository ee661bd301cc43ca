// Which lines of a busy daemon's log are shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutRepeats } from "../../cli/log-repeats.ts";

const line = (msg: string, more = {}) => ({ level: "warn", msg, ...more });

test("of what the daemon says again and again the newest line stands, and counts the others", () => {
  const blocked = (n: number) => line("the event loop was blocked", { n });
  const lines = [blocked(1), line("listening"), blocked(2), line("stopping"), blocked(3)];
  assert.deepEqual(withoutRepeats(lines), [
    { entry: line("listening"), left: 0 },
    { entry: line("stopping"), left: 0 },
    { entry: blocked(3), left: 2 },
  ]);
});

test("lines of runs, and of another level, are all shown", () => {
  const lines = [
    line("run failed", { workflow_id: "a" }),
    line("run failed", { workflow_id: "a" }),
    line("commit failed"),
    line("commit failed", { level: "error" }),
  ];
  assert.deepEqual(withoutRepeats(lines).map(({ left }) => left), [0, 0, 0, 0]);
});
