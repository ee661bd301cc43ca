// What has to change before a step that has failed can end otherwise.

import { type ErrorCode, type ErrorObject, errorText } from "./errors.ts";

export type Remedy =
  /** The vault has to be unlocked. */
  | { kind: "unlock" }
  /** A secret of that name has to be stored. */
  | { kind: "secret"; name: string }
  /** The same step with the same params fails alike: they or the definition have to change. */
  | { kind: "change" }
  /** Its time was over. */
  | { kind: "time" }
  /** What lies outside the workflow. */
  | { kind: "outside" };

const SAME_AGAIN: readonly ErrorCode[] = [
  "VALIDATION_ERROR",
  "ASSERTION_FAILED",
  "PATH_DENIED",
  "CYCLE_DETECTED",
  "INTERPOLATION_ERROR",
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

/** Of a run's error or a step's. */
export function remedyOf(error: ErrorObject): Remedy {
  const { code, details } = causeOf(error);
  if (code === "VAULT_ERROR" && details?.locked === true) return { kind: "unlock" };
  if (code === "TIMEOUT_ERROR") return { kind: "time" };
  const reason = details?.cause as { code?: string } | undefined;
  if (code === "INTERPOLATION_ERROR" && reason?.code === "NOT_FOUND") {
    if (typeof details?.key === "string") return { kind: "secret", name: details.key };
  }
  if (SAME_AGAIN.includes(code)) return { kind: "change" };
  // workflow.fail; a request that was refused and a child that failed have details.
  if (code === "NON_RETRYABLE" && details === undefined) return { kind: "change" };
  return { kind: "outside" };
}
