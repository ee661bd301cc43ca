// What is shown at a terminal of a migration that goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { moveLine, startMoveLine } from "../../../cli/database/move-line.ts";

test("a line tells the table, and how much of it is done", () => {
  assert.equal(
    moveLine({ doing: "copy", table: "events", done: 12_500, of: 60_000 }),
    "  copying events: 12,500 of 60,000 (20 %)",
  );
  assert.equal(
    moveLine({ doing: "compare", table: "seals", done: 0, of: 0 }),
    "  comparing seals: 0 of 0 (100 %)",
  );
});

test("nothing is shown in a pipe", () => {
  const written: string[] = [];
  const line = startMoveLine({ write: (text: string) => written.push(text) } as never);
  line.show({ doing: "copy", table: "events", done: 1, of: 2 });
  line.stop();
  assert.deepEqual(written, []);
});
