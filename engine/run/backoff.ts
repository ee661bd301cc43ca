// How long to wait before a retry.

import type { PlanRetry } from "../definition/plan.ts";

/** Milliseconds before retry number `n` (0 for the first): none, constant, linear or exponential. */
export function retryDelay(policy: PlanRetry, n: number): number {
  const { backoff, delayMs, maxDelayMs } = policy;
  if (backoff === "none") return 0;
  const factor = backoff === "linear" ? n + 1 : backoff === "exponential" ? 2 ** n : 1;
  return Math.min(delayMs * factor, maxDelayMs, Number.MAX_SAFE_INTEGER);
}
