// How an error leaves over HTTP: which status, which body, which headers.

import { type ErrorCode, type ErrorObject, OpcodeError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { Logger } from "../core/log.ts";

const STATUS: Partial<Record<ErrorCode, number>> = {
  VALIDATION_ERROR: 400,
  CYCLE_DETECTED: 400,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  INVALID_TRANSITION: 409,
  VAULT_ERROR: 409,
  ACTION_UNAVAILABLE: 422,
  BUSY: 503,
};

/** The status of what somebody is refused with. */
export function statusOf({ code }: Pick<ErrorObject, "code">): number {
  return STATUS[code] ?? 500;
}

/** `{error: {code, message, details?, step_id?}}` with the status given, or that of the code. */
export function errorResponse(
  error: ErrorObject,
  options: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    ...options.headers,
  };
  if (error.code === "BUSY") {
    const after = error.details?.retry_after_ms;
    headers["retry-after"] ??= String(
      typeof after === "number" ? Math.max(1, Math.ceil(after / 1000)) : 1,
    );
  }
  const status = options.status ?? statusOf(error);
  return new Response(JSON.stringify({ error }), { status, headers });
}

/** A request that is refused before any handler sees it. */
export function refusal(
  status: number,
  code: ErrorCode,
  message: string,
  details?: JsonObject,
): Response {
  return errorResponse({ code, message, ...(details && { details }) }, { status });
}

/** There is nothing at this path, or nothing now. */
export function noSuchRoute({ req }: { req: { method: string; path: string } }): Response {
  return refusal(404, "NOT_FOUND", `no such route: ${req.method} ${req.path}`);
}

/**
 * Any thrown value as a response. What is not an OpcodeError is a fault of ours: it is logged with
 * its stack, and the client learns no more than that it happened.
 */
export function thrownResponse(thrown: unknown, log: Logger): Response {
  if (thrown instanceof OpcodeError) return errorResponse(thrown.toJSON());
  const stack = thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
  log.error("request failed", { error: stack });
  return errorResponse({
    code: "EXECUTION_ERROR",
    message: "internal error; see the daemon's log",
  });
}
