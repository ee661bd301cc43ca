// What is told of a run that has failed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLines } from "../../cli/next-steps.ts";
import { type ErrorCode, type ErrorObject, errorText } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { shownError } from "../../core/remedy.ts";
import { locked, noSecret } from "../../engine/vault/errors.ts";

const ID = "01a22682-c52b-7068-b67a-f62ef29d0dab";
const failed = (cause: ErrorObject, code: ErrorCode = "NON_RETRYABLE"): ErrorObject => ({
  code,
  message: cause.message,
  step_id: "read",
  details: { cause: { ...cause, step_id: "read" } as unknown as JsonObject },
});
const lines = (cause: ErrorObject) =>
  nextLines({ workflow_id: ID, status: "failed", error: failed(cause) });
const retries = (cause: ErrorObject) =>
  lines(cause).some((line) => / retry --step read$/.test(line));

test("the advice fits what failed, and a retry stands only where it can help", () => {
  const invalid: ErrorObject = { code: "VALIDATION_ERROR", message: "params.n: must be a number" };
  assert.equal(retries(invalid), false);
  assert.match(lines(invalid)[0]!, /would fail alike: its params or the definition/);

  const vault = locked("secrets.token").toJSON();
  assert.match(lines(vault).slice(0, 2).join(), /^unlock the vault.* secret unlock$/);
  assert.equal(retries(vault), true);

  const secret = noSecret("token").toJSON();
  assert.match(lines(secret)[1]!, / secret set token$/);
  assert.equal(retries(secret), true);

  assert.match(lines({ code: "TIMEOUT_ERROR", message: "over" })[0]!, /define a longer timeout/);
  assert.match(lines({ code: "EXECUTION_ERROR", message: "no" })[0]!, /failed outside/);
  assert.match(lines(invalid).at(-2)!, /--param NAME=VALUE or --version VERSION/);
  assert.deepEqual(nextLines({ workflow_id: ID, status: "completed" }), []);
});

test("a run is told by the code of what failed in it", () => {
  const cause: ErrorObject = { code: "PATH_DENIED", message: "/etc: not allowed" };
  const shown = (error: ErrorObject) => errorText(shownError(error));
  assert.equal(shown(failed(cause)), "[PATH_DENIED] step read: /etc: not allowed");
  const outer: ErrorObject = { ...failed(cause), code: "RETRY_EXHAUSTED", message: "after 3" };
  assert.equal(shown(outer), "[RETRY_EXHAUSTED] step read: after 3 (PATH_DENIED)");
  const own: ErrorObject = { code: "NON_RETRYABLE", message: "enough", step_id: "read" };
  assert.equal(shown(own), "[NON_RETRYABLE] step read: enough");
});
