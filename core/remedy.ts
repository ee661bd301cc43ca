// What has to change before a step that has failed can end otherwise.

import { type ErrorCode, type ErrorObject, errorText } from "./errors.ts";
import type { JsonObject } from "./json.ts";

export type Remedy =
  /** The vault has to be unlocked; `store`: and a secret of that name stored then. */
  | { kind: "unlock"; store?: string }
  /** A secret of that name has to be stored. */
  | { kind: "secret"; name: string }
  /** A setting of the daemon stands against it. `shared`: other runs that end make room too. */
  | { kind: "setting"; name: string; shared: boolean }
  /** A right of the agent, in settings.json, does not have it. */
  | { kind: "right"; agent: string; right: string }
  /** Nothing can come of it until so long after it failed. */
  | { kind: "wait"; ms: number }
  /** There is no template of that name. */
  | { kind: "template"; name: string }
  /** The server refuses this very request. */
  | { kind: "request"; status: number }
  /** The run that it started has not completed, of something that only its own error tells. */
  | { kind: "child"; id: string }
  /** `max_iter` has cut a loop. `fixed`: its list is too long, so that it is cut each time. */
  | { kind: "loop"; most: number; fixed: boolean }
  /** Nobody has decided in time. */
  | { kind: "decision" }
  /** The same step with the same params fails alike: they or the definition have to change. */
  | { kind: "change" }
  /** An expression of the definition fails of what it is given, each time anew. */
  | { kind: "expression"; source: string }
  /** Its time was over, or that of the whole run. */
  | { kind: "time"; of: "step" | "workflow" }
  /** What lies outside the workflow. */
  | { kind: "outside" };

/** What such a failure names is not there, not allowed or not so, each time anew. */
const SAME_AGAIN: readonly ErrorCode[] = [
  "VALIDATION_ERROR",
  "ASSERTION_FAILED",
  "PATH_DENIED",
  "PERMISSION_DENIED",
  "BUDGET_EXCEEDED",
  "NOT_FOUND",
  "CYCLE_DETECTED",
  "INTERPOLATION_ERROR",
  "ISOLATION_ERROR",
];

/** Of these a limit of the engine is told by `details.retryable`. */
const OF_LIMITS: readonly ErrorCode[] = ["EXECUTION_ERROR", "TIMEOUT_ERROR"];

/** What `details.limit` says of what the run's own timeout has ended. */
export const WORKFLOW_TIMEOUT = "workflow.timeout";

/** What mends a child's failure, too: the step that started it starts another. */
const FROM_OUTSIDE: readonly Remedy["kind"][] = [
  "unlock",
  "secret",
  "setting",
  "right",
  "wait",
  "template",
];

/** The failure of a step that a run's error was made of; the error itself where there is none. */
export function causeOf(error: ErrorObject): ErrorObject {
  const cause = error.details?.cause as ErrorObject | undefined;
  const isStepError = error.step_id !== undefined && cause?.message !== undefined;
  return isStepError && cause.step_id !== undefined ? cause : error;
}

/**
 * The error as it is shown to people: by the code of what failed where its own says only "not again",
 * and with it where it says only "often enough".
 */
export function shownError(error: ErrorObject): ErrorObject {
  const cause = causeOf(error);
  if (error.code === "NON_RETRYABLE") return cause;
  if (error.code !== "RETRY_EXHAUSTED" || cause === error) return error;
  const { code, message, step_id } = cause;
  const reason = errorText(step_id === error.step_id ? { code, message } : cause);
  const told = error.message.endsWith(message)
    ? error.message.slice(0, error.message.length - message.length) + reason
    : `${error.message} (${code})`;
  return { ...error, message: told };
}

/** The step to try again: what the run failed of, or the first that its timeout has ended. */
export function stepOfFailure(error: ErrorObject): string | undefined {
  const { limit, steps } = error.details ?? {};
  const ended = limit === WORKFLOW_TIMEOUT && Array.isArray(steps) ? steps : [];
  return error.step_id ?? ended[0] as string | undefined;
}

/**
 * The step of the plan itself that a full id is of or inside of: only such a one can be begun from.
 * `ids`: of the steps that are known, for ids may have dots of their own.
 */
export function topLevelOf(stepId: string, ids: Iterable<string> = []): string {
  const known = new Set(ids);
  const parts = stepId.split(".");
  for (let n = 1; n < parts.length; n++) {
    const id = parts.slice(0, n).join(".");
    // What is inside has the name of a list and one of its own at least.
    if (parts.length - n >= 2 && known.has(id)) return id;
  }
  return known.has(stepId) ? stepId : parts[0]!;
}

/** Of a run's error or a step's. */
export function remedyOf(error: ErrorObject): Remedy {
  const { code, details = {} } = causeOf(error);
  const named = bySetting(details) ?? byTime(details) ?? byName(code, details);
  if (named) return named;
  if (typeof details.child_workflow_id === "string") return ofChild(details);
  if (SAME_AGAIN.includes(code)) return { kind: "change" };
  // What it reads is settled by then: only its limits are of another kind.
  if (code === "EXECUTION_ERROR" && typeof details.expression === "string") {
    return { kind: "expression", source: details.expression };
  }
  if (OF_LIMITS.includes(code) && details.retryable === false) return { kind: "change" };
  if (code === "TIMEOUT_ERROR") return { kind: "time", of: "step" };
  // The author's own words: of workflow.fail, or of a redirect that must not be followed.
  if (code === "NON_RETRYABLE") return { kind: "change" };
  return { kind: "outside" };
}

function bySetting({ setting, budget, right, agent_id }: JsonObject): Remedy | undefined {
  if (typeof setting === "string") {
    const shared = budget === "agent" || budget === "process";
    return { kind: "setting", name: setting, shared };
  }
  if (typeof right !== "string" || typeof agent_id !== "string") return undefined;
  return { kind: "right", agent: agent_id, right };
}

function byTime({ retry_after_ms, decision_timeout, limit }: JsonObject): Remedy | undefined {
  if (typeof retry_after_ms === "number") return { kind: "wait", ms: retry_after_ms };
  if (decision_timeout === true) return { kind: "decision" };
  if (limit === WORKFLOW_TIMEOUT) return { kind: "time", of: "workflow" };
}

function byName(code: ErrorCode, details: JsonObject): Remedy | undefined {
  const { locked, stored, key, cause, template_name, version, status_code, exhausted } = details;
  if (code === "VAULT_ERROR" && locked === true) {
    return { kind: "unlock", ...(stored === false && { store: String(key) }) };
  }
  const reason = cause as { code?: string } | undefined;
  if (code === "INTERPOLATION_ERROR" && reason?.code === "NOT_FOUND" && typeof key === "string") {
    return { kind: "secret", name: key };
  }
  if (code === "NOT_FOUND" && typeof template_name === "string" && version === undefined) {
    return { kind: "template", name: template_name };
  }
  if (code === "NON_RETRYABLE" && typeof status_code === "number") {
    return { kind: "request", status: status_code };
  }
  if (exhausted === true && typeof details.max_iter === "number") {
    return { kind: "loop", most: details.max_iter, fixed: details.items !== undefined };
  }
}

function ofChild({ child_workflow_id, cause }: JsonObject): Remedy {
  const its = cause ? remedyOf(cause as ErrorObject) : undefined;
  if (its && FROM_OUTSIDE.includes(its.kind)) return its;
  return { kind: "child", id: child_workflow_id as string };
}
