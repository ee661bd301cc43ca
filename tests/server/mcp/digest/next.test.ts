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
    ...["PERMISSION_DENIED", "BUDGET_EXCEEDED", "NOT_FOUND", "ISOLATION_ERROR"] as const,
  ];
  for (const code of alike) {
    for (const limit of [24_000, 600, Infinity]) {
      const said = next(failed(code), limit);
      assert.match(said, FORK, code);
      assert.doesNotMatch(said, /opcode\.signal/, code);
    }
  }
});

test("an expression that fails is to be mended, and the run to go on with the new version", () => {
  const said = next(failed("EXECUTION_ERROR", { expression: "inputs.a + 1 > 2" }));
  assert.match(said, /^A retry would fail alike: mend the expression "inputs\.a \+ 1 > 2"/);
  assert.match(said, /from_step each, version latest/);
  assert.doesNotMatch(said, /opcode\.signal/);
});

test("wherever the definition may change, the run to begin asks for its latest version", () => {
  const of = { setting: "memory.per_run" };
  const cases: JsonObject[] = [
    failed("INTERPOLATION_ERROR"),
    failed("ASSERTION_FAILED"),
    failed("BUDGET_EXCEEDED", of),
    failed("PERMISSION_DENIED", { right: "allow", agent_id: "a" }),
    failed("NOT_FOUND", { template_name: "kid" }),
    failed("NON_RETRYABLE", { status_code: 404 }),
    failed("EXECUTION_ERROR"),
    failed("EXECUTION_ERROR", { exhausted: true, max_iter: 3 }),
    failed("EXECUTION_ERROR", { exhausted: true, max_iter: 3, items: 4 }),
    failed("TIMEOUT_ERROR"),
    failed("TIMEOUT_ERROR", { decision_timeout: true }),
    failed("TIMEOUT_ERROR", { limit: "workflow.timeout", steps: ["each"] }),
  ];
  for (const reply of cases) {
    assert.match(
      next(reply),
      /from_step each(, version latest\.| \(version latest, if you define)/,
    );
  }
});

test("what can end otherwise says what has to be done before the retry", () => {
  const noSecret = { cause: { code: "NOT_FOUND" }, key: "token" };
  const cases: [JsonObject, RegExp][] = [
    [
      failed("BUDGET_EXCEEDED", { setting: "memory.per_run" }),
      /memory\.per_run .*--memory-per-run VALUE, OPCODE_MEMORY_PER_RUN .*again; then/,
    ],
    [failed("BUDGET_EXCEEDED", { setting: "memory.total", budget: "process" }), /other runs end/],
    [failed("PATH_DENIED", { setting: "fs.writable" }), /--fs-writable VALUE/],
    [failed("PERMISSION_DENIED", { right: "allow", agent_id: "a" }), /agents\.a\.allow in sett/],
    [failed("CIRCUIT_OPEN", { retry_after_ms: 19_500 }), /^At the earliest 19\.5s after/],
    [failed("NOT_FOUND", { template_name: "kid" }), /^Define the template kid/],
    [failed("NON_RETRYABLE", { status_code: 404 }), /404: change the params.*only if the server/],
    [failed("NON_RETRYABLE", { child_workflow_id: "c" }), /^opcode\.status of c\b/],
    [failed("EXECUTION_ERROR", { exhausted: true, max_iter: 3 }), /larger max_iter/],
    [failed("TIMEOUT_ERROR", { decision_timeout: true }), /ask anew/],
    [failed("EXECUTION_ERROR"), /outside/],
    [failed("TIMEOUT_ERROR"), /longer timeout/],
    [failed("VAULT_ERROR", { locked: true }), /opcode secret unlock/],
    [
      failed("VAULT_ERROR", { locked: true, stored: false, key: "token" }),
      /opcode secret unlock\) and stores the secret \(opcode secret set token\)/,
    ],
    [failed("INTERPOLATION_ERROR", noSecret), /opcode secret set token/],
  ];
  for (const [reply, before] of cases) {
    assert.match(next(reply), before);
    assert.match(next(reply), RETRY);
  }
});

test("a run that no single step has failed is told what to begin anew", () => {
  const ended = (code: string, details?: JsonObject) => {
    const error: JsonObject = { code, message: "the whole run", ...(details && { details }) };
    return next({ workflow_id: "w", status: "failed", error, steps: {} });
  };
  const timeout = ended("TIMEOUT_ERROR", { limit: "workflow.timeout", steps: ["slow", "other"] });
  assert.match(timeout, /all of the workflow's timeout anew: opcode\.signal retry, step_id slow;/);
  assert.match(
    timeout,
    /define a longer one, then opcode\.run from_run, from_step slow, version latest\./,
  );
  assert.equal(
    ended("VALIDATION_ERROR", { violations: ["/a: is required"] }),
    "Change params or definition, then opcode.run from_run, from_step ID (version latest, if you " +
      "define it anew).",
  );
});

test("a list that is longer than max_iter is cut by each retry", () => {
  const said = next(failed("EXECUTION_ERROR", { exhausted: true, max_iter: 3, items: 4 }));
  assert.match(said, FORK);
  assert.doesNotMatch(said, /opcode\.signal/);
});

test("only a run that has failed is told what comes next, right after its error", () => {
  assert.equal(next({ workflow_id: "w", status: "completed", steps: {} }), undefined);
  const names = Object.keys(digestRun(failed("EXECUTION_ERROR"))(24_000));
  assert.equal(names[names.indexOf("error") + 1], "next");
});
