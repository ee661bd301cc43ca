// What a failure asks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ERROR_CODES, type ErrorCode, type ErrorObject } from "../../core/errors.ts";
import {
  type Remedy,
  remedyOf,
  shownError,
  topLevelOf,
  WORKFLOW_TIMEOUT,
} from "../../core/remedy.ts";
import type { JsonObject } from "../../core/json.ts";
import { budgetError } from "../../engine/memory/budgets.ts";
import { keyless, locked, noSecret, vaultError } from "../../engine/vault/errors.ts";

const ofRun = (cause: ErrorObject): ErrorObject => ({
  code: "STEP_FAILED",
  message: cause.message,
  step_id: "a",
  details: { cause: { ...cause, step_id: "a.inner" } as unknown as JsonObject },
});

/** Every code, with the details that it is made with; without: what the code alone says. */
const TABLE: { [C in ErrorCode]: [JsonObject | null, Remedy["kind"]][] } = {
  VALIDATION_ERROR: [[null, "change"], [{ violations: ["/a: is required"] }, "change"]],
  NOT_FOUND: [
    [null, "change"],
    [{ template_name: "kid" }, "template"],
    [{ template_name: "kid", did_you_mean: "kind" }, "template"],
    [{ template_name: "kid", version: "v9", latest: "v2" }, "change"],
  ],
  // What a signal or a start is refused with: no step ends so.
  CONFLICT: [[null, "outside"]],
  INVALID_TRANSITION: [[null, "outside"]],
  SIGNAL_FAILED: [[null, "outside"]],
  CYCLE_DETECTED: [[null, "change"]],
  NON_RETRYABLE: [
    [null, "change"],
    [{ status_code: 400 }, "request"],
    [{ status_code: 401 }, "request"],
    [{ status_code: 404 }, "request"],
    [{ status_code: 422 }, "request"],
    [{ child_workflow_id: "c", child_status: "cancelled" }, "child"],
  ],
  PERMISSION_DENIED: [
    [null, "change"],
    [{ setting: "http.deny_private" }, "setting"],
    [{ agent_id: "a", right: "allow" }, "right"],
  ],
  CIRCUIT_OPEN: [[null, "outside"], [{ retry_after_ms: 19_500 }, "wait"]],
  ASSERTION_FAILED: [[{ expected: 1, actual: 2 }, "change"]],
  PATH_DENIED: [[{ path: "/proc/1/mem" }, "change"], [{ setting: "fs.deny" }, "setting"]],
  BUDGET_EXCEEDED: [
    [{ budget: "output", limit: 1, used: 2 }, "change"],
    ...(["run", "agent", "process", "steps"] as const).map((budget) =>
      [budgetError({ budget, limit: 1, used: 2 }).details!, "setting"] as [JsonObject, "setting"]
    ),
  ],
  EXECUTION_ERROR: [
    [null, "outside"],
    [{ cause: "a text" }, "outside"],
    [{ cause_code: "ENOENT" }, "outside"],
    [{ exit_code: 3 }, "outside"],
    [{ status_code: 503 }, "outside"],
    [{ status_code: 429, retry_after_ms: 2_000 }, "wait"],
    [{ expression: "a.b" }, "expression"],
    [{ retryable: false, expression: "a.b" }, "expression"],
    [{ retryable: false, setting: "max_step_output" }, "setting"],
    [{ exhausted: true, max_iter: 3 }, "loop"],
    [{ child_workflow_id: "c" }, "child"],
  ],
  TIMEOUT_ERROR: [
    [null, "time"],
    [{ limit: "http.default_timeout", timeout: true }, "time"],
    [{ limit: WORKFLOW_TIMEOUT, steps: ["a"] }, "time"],
    [{ decision_timeout: true }, "decision"],
    [{ expression: "a.b", retryable: false }, "change"],
  ],
  STEP_FAILED: [[null, "outside"]],
  RETRY_EXHAUSTED: [[null, "outside"]],
  CANCELLED: [[null, "outside"]],
  STORE_ERROR: [[null, "outside"], [{ retryable: false }, "outside"]],
  INTERPOLATION_ERROR: [
    [{ expression: "steps.a.output.b", available: [] }, "change"],
    [noSecret("token").details!, "secret"],
  ],
  ACTION_UNAVAILABLE: [[{ action: "x.y" }, "outside"]],
  ISOLATION_ERROR: [[{ retryable: false }, "change"]],
  VAULT_ERROR: [
    [locked("secrets.x").details!, "unlock"],
    [keyless("secrets.x").details!, "unlock"],
    [vaultError("its key has changed").details!, "outside"],
  ],
  BUSY: [[null, "outside"], [{ retry_after_ms: 1_000 }, "wait"]],
};

test("what has to change follows from what the step failed of, for each code", () => {
  assert.deepEqual(Object.keys(TABLE).sort(), [...ERROR_CODES].sort());
  for (const code of ERROR_CODES) {
    for (const [details, kind] of TABLE[code]) {
      const cause: ErrorObject = { code, message: "m", ...(details && { details }) };
      for (const each of [cause, ofRun(cause)]) {
        assert.equal(remedyOf(each).kind, kind, JSON.stringify(each));
      }
    }
  }
});

test("what a child lacks from outside is what its parent lacks; else its own error tells", () => {
  const ofChild = (cause: ErrorObject, code: ErrorCode = "NON_RETRYABLE") =>
    remedyOf(ofRun({
      code,
      message: "child workflow failed",
      details: { child_workflow_id: "c", cause: cause as unknown as JsonObject },
    }));
  const step = ofRun(noSecret("token").toJSON());
  assert.deepEqual(ofChild(step), { kind: "secret", name: "token" });
  assert.deepEqual(ofChild(ofRun(locked("x").toJSON()), "EXECUTION_ERROR"), { kind: "unlock" });
  const change: ErrorObject = { code: "VALIDATION_ERROR", message: "m" };
  for (const own of [change, ofRun({ code: "TIMEOUT_ERROR", message: "m" })]) {
    assert.deepEqual(ofChild(own), { kind: "child", id: "c" });
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

test("the step to begin from is the one of the plan, also where ids have dots", () => {
  const of = (id: string, ...ids: string[]) => topLevelOf(id, [...ids, id]);
  assert.equal(of("l.iter_0.x", "l"), "l");
  assert.equal(of("l.iter_0.p.branch_1.x", "l", "l.iter_0.p"), "l");
  assert.equal(of("a.b"), "a.b");
  assert.equal(of("a.b", "a"), "a.b");
  assert.equal(of("a.b.iter_0.x", "a.b"), "a.b");
  assert.equal(of("a"), "a");
  assert.equal(topLevelOf("l.iter_0.x"), "l", "of a run whose steps are not told");
});
