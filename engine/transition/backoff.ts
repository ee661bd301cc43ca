// How long to wait before a retry.

import type { ErrorObject } from "../../core/errors.ts";
import type { PlanRetry } from "../definition/plan.ts";

/** How long whoever was asked may put a retry off where the policy sets no limit. */
const LONGEST_ASKED_MS = 5 * 60_000;

/**
 * Milliseconds before retry number `n` of a call that failed so: as the policy says, or longer where a
 * server asked for that (`retry_after_ms`), up to `max_delay` or else five minutes.
 */
export function delayAfter(policy: PlanRetry, n: number, { details }: ErrorObject): number {
  const delay = retryDelay(policy, n);
  const asked = details?.status_code === undefined ? undefined : details.retry_after_ms;
  if (typeof asked !== "number") return delay;
  return Math.max(
    delay,
    Math.min(asked, policy.maxDelayMs === Infinity ? LONGEST_ASKED_MS : policy.maxDelayMs),
  );
}

/** Milliseconds before retry number `n` (0 for the first): none, constant, linear or exponential. */
export function retryDelay(policy: PlanRetry, n: number): number {
  const { backoff, delayMs, maxDelayMs } = policy;
  if (backoff === "none") return 0;
  const factor = backoff === "linear" ? n + 1 : backoff === "exponential" ? 2 ** n : 1;
  return Math.min(delayMs * factor, maxDelayMs, Number.MAX_SAFE_INTEGER);
}
