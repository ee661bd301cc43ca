// Which errors opcode reports, and which of them a retry may help.

import type { Json, JsonObject } from "./json.ts";

/** Codes that a retry policy never retries. */
const NOT_RETRYABLE = [
  "VALIDATION_ERROR",
  "NOT_FOUND",
  "CONFLICT",
  "INVALID_TRANSITION",
  "CYCLE_DETECTED",
  "NON_RETRYABLE",
  "PERMISSION_DENIED",
  "CIRCUIT_OPEN",
  "ASSERTION_FAILED",
  "PATH_DENIED",
  "BUDGET_EXCEEDED",
] as const;

/** Codes that a retry policy retries. */
const RETRYABLE = [
  "EXECUTION_ERROR",
  "TIMEOUT_ERROR",
  "STEP_FAILED",
  "CANCELLED",
  "SIGNAL_FAILED",
  "RETRY_EXHAUSTED",
  "STORE_ERROR",
  "INTERPOLATION_ERROR",
  "ACTION_UNAVAILABLE",
  "ISOLATION_ERROR",
  "VAULT_ERROR",
  "BUSY",
] as const;

export type ErrorCode = (typeof NOT_RETRYABLE)[number] | (typeof RETRYABLE)[number];

export const ERROR_CODES: readonly ErrorCode[] = [...NOT_RETRYABLE, ...RETRYABLE];

const retryable = new Set<string>(RETRYABLE);

/**
 * The JSON form in which an error is stored and shown. A type and not an interface: so it is JSON to
 * the compiler too.
 */
export type ErrorObject = {
  code: ErrorCode;
  message: string;
  details?: JsonObject;
  step_id?: string;
};

/** Characters of a message; what echoes a value of the caller's may be of any length. */
const LONGEST_MESSAGE = 10_000;

function cut(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  return `${message.slice(0, LONGEST_MESSAGE)}… (${message.length} characters)`;
}

/** An error with one of opcode's codes; everything that reaches a caller is one of these. */
export class OpcodeError extends Error {
  readonly code: ErrorCode;
  readonly details: JsonObject | undefined;
  readonly stepId: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: JsonObject; stepId?: string; cause?: unknown } = {},
  ) {
    super(cut(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OpcodeError";
    this.code = code;
    this.details = options.details;
    this.stepId = options.stepId;
  }

  toJSON(): ErrorObject {
    return {
      code: this.code,
      message: this.message,
      ...(this.details && { details: this.details }),
      ...(this.stepId !== undefined && { step_id: this.stepId }),
    };
  }
}

/** What `workflow.fail` throws: the engine fails the run and asks no `on_error` about it. */
export class ForceFail extends OpcodeError {
  constructor(reason: string) {
    super("NON_RETRYABLE", reason);
    this.name = "ForceFail";
  }
}

/** Whether a retry policy may retry this error; `details.retryable: false` overrides the code. */
export function isRetryable(error: ErrorObject): boolean {
  return retryable.has(error.code) && error.details?.retryable !== false;
}

/** Any thrown value as an error object; what is not an OpcodeError becomes EXECUTION_ERROR. */
export function toErrorObject(thrown: unknown): ErrorObject {
  if (thrown instanceof OpcodeError) return thrown.toJSON();
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return { code: "CANCELLED", message: thrown.message };
  }
  const details: JsonObject = {};
  const cause = (thrown as { code?: Json })?.code;
  if (typeof cause === "string") details.cause_code = cause;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: "EXECUTION_ERROR",
    message: cut(message),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

/** `[CODE] step <id>: message`, the text form used in logs and tool answers. */
export function errorText(error: ErrorObject): string {
  const where = error.step_id === undefined ? "" : ` step ${error.step_id}:`;
  return `[${error.code}]${where} ${error.message}`;
}
