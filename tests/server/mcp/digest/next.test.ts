// What an agent is told to do about a failed run: never a retry that cannot end otherwise.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../../../../core/errors.ts";
import type { JsonObject } from "../../../../core/json.ts";
import { digestRun } from "../../../../server/mcp/digest/run.ts";

function failed(code: ErrorCode, details?: JsonObject): JsonObject {
  const cause: JsonObject = {
    code,
    message: "m",
    step_id: "each.iter_0.b",
    ...(details && { details }),
  };
  const error = {
    code: "NON_RETRYABLE",
    message: "m",
    step_id: "each.iter_0.b",
    details: { cause },
  };
  return { workflow_id: "w", status: "failed", error, steps: {} };
}

const next = (reply: JsonObject, limit = 24_000) => digestRun(reply)(limit).next as string;

const FORK = /opcode\.run from_run, from_step each\b/;
const RETRY = /opcode\.signal retry, step_id each\.iter_0\.b\b/;

test("what fails alike each time is not to be retried", () => {
  const alike: ErrorCode[] = [
    ...["VALIDATION_ERROR", "ASSERTION_FAILED", "PATH_DENIED"] as const,
    ...["INTERPOLATION_ERROR", "NON_RETRYABLE", "CYCLE_DETECTED"] as const,
  ];
  for (const code of alike) {
    for (const limit of [24_000, 600, Infinity]) {
      const said = next(failed(code), limit);
      assert.match(said, FORK, code);
      assert.doesNotMatch(said, /opcode\.signal/, code);
    }
  }
});

test("what can end otherwise says what has to be done before the retry", () => {
  const noSecret = { cause: { code: "NOT_FOUND" }, key: "token" };
  const cases: [JsonObject, RegExp][] = [
    [failed("EXECUTION_ERROR"), /outside/],
    [failed("TIMEOUT_ERROR"), /longer timeout/],
    [failed("VAULT_ERROR", { locked: true }), /opcode secret unlock/],
    [failed("INTERPOLATION_ERROR", noSecret), /opcode secret set token/],
  ];
  for (const [reply, before] of cases) {
    assert.match(next(reply), before);
    assert.match(next(reply), RETRY);
  }
});

test("only a run that a step has failed is told what comes next, right after its error", () => {
  assert.equal(next({ workflow_id: "w", status: "completed", steps: {} }), undefined);
  const error = { code: "TIMEOUT_ERROR", message: "the whole run" };
  assert.equal(next({ workflow_id: "w", status: "failed", error, steps: {} }), undefined);
  const names = Object.keys(digestRun(failed("EXECUTION_ERROR"))(24_000));
  assert.equal(names[names.indexOf("error") + 1], "next");
});
