// What a failure asks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode, ErrorObject } from "../../core/errors.ts";
import { remedyOf } from "../../core/remedy.ts";
import type { JsonObject } from "../../core/json.ts";
import { keyless, locked, noSecret, vaultError } from "../../engine/vault/errors.ts";

const ofRun = (cause: ErrorObject): ErrorObject => ({
  code: "STEP_FAILED",
  message: cause.message,
  step_id: "a",
  details: { cause: { ...cause, step_id: "a.inner" } as unknown as JsonObject },
});

test("what has to change follows from what the step failed of", () => {
  const error = (code: ErrorCode, details?: JsonObject): ErrorObject => ({
    code,
    message: "m",
    ...(details && { details }),
  });
  const cases: [ErrorObject, string][] = [
    [locked("secrets.x").toJSON(), "unlock"],
    [keyless("secrets.x").toJSON(), "unlock"],
    [vaultError("its key has changed").toJSON(), "outside"],
    [noSecret("token").toJSON(), "secret"],
    [error("INTERPOLATION_ERROR"), "change"],
    [error("VALIDATION_ERROR"), "change"],
    [error("PATH_DENIED"), "change"],
    [error("ASSERTION_FAILED"), "change"],
    [error("NON_RETRYABLE"), "change"],
    [error("NON_RETRYABLE", { status_code: 404 }), "outside"],
    [error("TIMEOUT_ERROR"), "time"],
    [error("EXECUTION_ERROR", { cause: "a text" }), "outside"],
    [error("CIRCUIT_OPEN"), "outside"],
  ];
  for (const [cause, kind] of cases) {
    for (const each of [cause, ofRun(cause)]) {
      assert.equal(remedyOf(each).kind, kind, JSON.stringify(each));
    }
  }
});
