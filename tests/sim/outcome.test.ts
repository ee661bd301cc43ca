// Whether simulated actions do what their behaviour says, attempt by attempt.

import assert from "node:assert/strict";
import { test } from "node:test";
import { simOutcome } from "./outcome.ts";

const kinds = (behave: string) =>
  [1, 2, 3].map((attempt) => {
    const outcome = simOutcome({ id: "a", behave }, attempt);
    return outcome.kind === "error" ? outcome.code : outcome.kind;
  });

test("behaviours", () => {
  assert.deepEqual(kinds("ok"), ["result", "result", "result"]);
  assert.deepEqual(kinds("fail"), ["EXECUTION_ERROR", "EXECUTION_ERROR", "EXECUTION_ERROR"]);
  assert.deepEqual(kinds("fail_hard")[0], "VALIDATION_ERROR");
  assert.deepEqual(kinds("flaky:2"), ["EXECUTION_ERROR", "EXECUTION_ERROR", "result"]);
  assert.deepEqual(kinds("hang")[0], "hang");
  assert.throws(() => simOutcome({ id: "a", behave: "sulk" }, 1), /no behaviour "sulk"/);
});

test("the output tells the attempt and the value, a slow one later", () => {
  assert.deepEqual(simOutcome({ id: "a", behave: "slow:250", value: [1] }, 3), {
    kind: "result",
    afterMs: 250,
    output: { id: "a", attempt: 3, value: [1] },
  });
});
