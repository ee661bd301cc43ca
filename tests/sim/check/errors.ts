// What error a failing step hands up to the step or the run around it.

import { type ErrorObject, isRetryable } from "../../../core/errors.ts";
import { END, type History } from "./history.ts";
import type { Place } from "./places.ts";

const FLOW = new Set(["condition", "loop", "parallel"]);

/**
 * Why the error is not the one that this failed step hands up: `{code, message, details: {cause},
 * step_id}` about the step that failed by itself, passed on unchanged by the steps around it unless
 * one of them used retries up, which then puts its own id. Undefined when it is.
 */
export function wrongHandUp(
  history: History,
  error: ErrorObject,
  place: Place,
  seq: number = END,
): string | undefined {
  const own = history.step(place.id, seq).error;
  if (!own) return `${place.id} has no error`;
  const { retries } = history.step(place.id, seq);
  const { retry } = place.step;
  const isUsedUp = retry !== undefined && retries > 0 && retries >= retry.max;
  const isPassedOn = FLOW.has(place.type) && own.step_id !== undefined && own.step_id !== place.id;
  if (isPassedOn) {
    const isSame = error.code === own.code && error.step_id === own.step_id;
    // One that no retry could help was not what the retries were used up for.
    if (isSame && (!isUsedUp || !isRetryable(own))) return undefined;
    if (!isUsedUp) return differs(error, `${own.code} of ${own.step_id}`);
  }
  const cause = (isPassedOn ? own.details?.cause ?? own : own) as unknown as ErrorObject;
  const codes = codesFor(cause, { isUsedUp, hasPolicy: retry !== undefined, place });
  if (error.step_id !== place.id || !codes.includes(error.code)) {
    return differs(error, `${codes.join(" or ")} of ${place.id}`);
  }
  const told = error.details?.cause as unknown as ErrorObject | undefined;
  // workflow.fail gives its reason as the error itself.
  if (told === undefined && place.step.action === "workflow.fail") return undefined;
  if (told?.code === cause.code && told.message === cause.message) return undefined;
  return `its cause is ${told?.code} instead of ${cause.code}: ${cause.message}`;
}

function codesFor(
  cause: ErrorObject,
  { isUsedUp, hasPolicy, place }: { isUsedUp: boolean; hasPolicy: boolean; place: Place },
): string[] {
  const codes = isUsedUp
    ? ["RETRY_EXHAUSTED"]
    : [isRetryable(cause) ? "STEP_FAILED" : "NON_RETRYABLE"];
  // A policy without retries is used up at once; one that fails for good is not retried.
  if (hasPolicy && place.step.retry!.max === 0) codes.push("RETRY_EXHAUSTED");
  if (isUsedUp && !isRetryable(cause)) codes.push("NON_RETRYABLE");
  if (place.type === "reasoning" && cause.code === "TIMEOUT_ERROR") codes.push("TIMEOUT_ERROR");
  return codes;
}

function differs({ code, step_id }: ErrorObject, expected: string): string {
  return `its error is ${code} of ${step_id ?? "nobody"} instead of ${expected}`;
}

/** Whether this is an error of the flow step itself, and not one that was handed up to it. */
export function isOwnError(error: ErrorObject, place: Place): boolean {
  return error.step_id === undefined || error.step_id === place.id;
}
