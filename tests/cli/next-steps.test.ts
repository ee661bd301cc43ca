// What is told of a run that has failed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLines } from "../../cli/next-steps.ts";
import { type ErrorCode, type ErrorObject, errorText } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { shownError } from "../../core/remedy.ts";
import { locked, lockedWithout, noSecret } from "../../engine/vault/errors.ts";

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

  const lacking = lockedWithout("token", true).toJSON();
  assert.match(
    lines(lacking).slice(0, 3).join(),
    /^unlock the vault and store .* secret unlock,.* secret set token$/,
  );
  assert.equal(retries(lacking), true);

  const secret = noSecret("token").toJSON();
  assert.match(lines(secret)[1]!, / secret set token$/);
  assert.equal(retries(secret), true);

  const over = (details: JsonObject): ErrorObject => ({
    code: "BUDGET_EXCEEDED",
    message: "m",
    details,
  });
  const [says, flag, others] = lines(over({ setting: "max_run_steps", budget: "steps" }));
  assert.equal(says, "the setting max_run_steps has to change; then the step again:");
  assert.match(flag!, / serve --max-run-steps VALUE$/);
  assert.match(others!, /OPCODE_MAX_RUN_STEPS=VALUE, or settings\.json/);
  assert.equal(retries(over({ setting: "max_run_steps" })), true);
  assert.match(
    lines(over({ setting: "memory.total", budget: "process" }))[0]!,
    /runs to end; then/,
  );

  const loop: ErrorObject = {
    code: "EXECUTION_ERROR",
    message: "m",
    details: { exhausted: true, max_iter: 3 },
  };
  assert.equal(retries(loop), true);
  assert.match(lines(loop)[0]!, /a larger max_iter:$/);
  assert.equal(retries({ ...loop, details: { ...loop.details, items: 4 } }), false);

  const open: ErrorObject = {
    code: "CIRCUIT_OPEN",
    message: "m",
    details: { retry_after_ms: 19_500 },
  };
  assert.equal(lines(open)[0], "the step again, at the earliest 19.5s after it failed:");
  assert.equal(retries(open), true);

  const missing: ErrorObject = {
    code: "NON_RETRYABLE",
    message: "m",
    details: { status_code: 404 },
  };
  assert.match(
    lines(missing)[0]!,
    /^answered 404, the request has to change; .* as it is, only if/,
  );

  assert.match(lines({ code: "TIMEOUT_ERROR", message: "over" })[0]!, /define a longer timeout/);
  assert.match(lines({ code: "EXECUTION_ERROR", message: "no" })[0]!, /failed outside/);
  assert.match(lines(invalid).at(-2)!, /--param NAME=VALUE or --version VERSION/);
  assert.deepEqual(nextLines({ workflow_id: ID, status: "completed" }), []);
});

test("an expression that fails alike each time is to be mended, and no retry is shown", () => {
  const told = nextLines({
    workflow_id: ID,
    status: "failed",
    error: {
      code: "STEP_FAILED",
      message: "m",
      step_id: "a",
      details: {
        cause: {
          code: "EXECUTION_ERROR",
          message: "m",
          step_id: "a",
          details: { expression: "inputs.n > 1" },
        },
      },
    },
  });
  assert.match(told[0]!, /^the step again would fail alike: the expression inputs\.n > 1 has to/);
  assert.ok(!told.some((line) => / retry /.test(line)));
});

test("a run that no single step has failed can be begun anew from one", () => {
  const of = (error: ErrorObject) => nextLines({ workflow_id: ID, status: "failed", error });
  const ended = of({
    code: "TIMEOUT_ERROR",
    message: "workflow timed out",
    details: { limit: "workflow.timeout", steps: ["slow"] },
  });
  assert.match(ended[0]!, /has all of the workflow's timeout; .* define a longer one:$/);
  assert.match(ended[1]!, / retry --step slow$/);
  assert.match(ended.at(-1)!, /--from-step slow$/);
  const schema = of({ code: "VALIDATION_ERROR", message: "output does not match output_schema" });
  assert.match(schema[0]!, /^a new run would fail alike: its params or the definition/);
  assert.match(schema.at(-1)!, /--from-step STEP$/);
  assert.ok(!schema.some((line) => / signal /.test(line)));
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
