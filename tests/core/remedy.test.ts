// What a failure asks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode, ErrorObject } from "../../core/errors.ts";
import { remedyOf, shownError } from "../../core/remedy.ts";
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

test("retries that were used up are told with the code of what they failed of", () => {
  const exhausted = (cause: ErrorObject, message = cause.message): ErrorObject => ({
    code: "RETRY_EXHAUSTED",
    message: `retries exhausted after 3 attempts: ${message}`,
    step_id: "a",
    details: { cause: cause as unknown as JsonObject },
  });
  const cause: ErrorObject = { code: "TIMEOUT_ERROR", message: "took too long", step_id: "a" };
  const shown = (error: ErrorObject) => shownError(error).message;
  const begin = "retries exhausted after 3 attempts: ";
  assert.equal(shown(exhausted(cause)), `${begin}[TIMEOUT_ERROR] took too long`);
  assert.equal(shownError(exhausted(cause)).code, "RETRY_EXHAUSTED");
  const inner = { ...cause, step_id: "a.iter_0.b" };
  assert.equal(shown(exhausted(inner)), `${begin}[TIMEOUT_ERROR] step a.iter_0.b: took too long`);
  assert.equal(shown(exhausted(cause, "masked")), `${begin}masked (TIMEOUT_ERROR)`);
  const bare: ErrorObject = { code: "RETRY_EXHAUSTED", message: "m", step_id: "a" };
  assert.equal(shownError(bare), bare);
});
