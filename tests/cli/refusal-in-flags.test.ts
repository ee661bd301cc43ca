// Whether refusals of the daemon speak of flags to who typed flags.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inFlags } from "../../cli/refusal-in-flags.ts";

test("fields of a request are told as the flags that gave them, wherever they stand", () => {
  for (
    const [message, shown] of [
      ['from_step: "x" is no step', '--from-step: "x" is no step'],
      [
        "step_id: is required for a decision, or decision_id",
        "--step: is required for a decision, or --decision",
      ],
      ["payload.choice: must be one of yes, no", "--choice: must be one of yes, no"],
      ["filter.run: known are step_id", "--filter run: known are step_id"],
      ["filter.limit: must be 1 to 1000", "--limit: must be 1 to 1000"],
      ["agent_id: is required", "--agent: is required"],
      ["version: must be a number", "--version: must be a number"],
      [
        "a run with from_run and from_step does it",
        "a run with --from-run and --from-step does it",
      ],
    ]
  ) assert.equal(inFlags(message!), shown);
});

test("what the caller wrote stays as it is", () => {
  for (
    const message of ['no step "step_id" here', "the version: two", "a_b: c", 'x "\\"from_run"']
  ) {
    assert.equal(inFlags(message), message);
  }
});
