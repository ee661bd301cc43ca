// Which states a run, a step and a decision can be in, and the small integer each is stored as.

/** The position of a name is its stored code: only ever append. */
export const RUN_STATUSES = [
  "pending",
  "active",
  "suspended",
  "completed",
  "failed",
  "cancelled",
] as const;

/** The position of a name is its stored code: only ever append. */
export const STEP_STATUSES = [
  "pending",
  "scheduled",
  "running",
  "retrying",
  "suspended",
  "completed",
  "failed",
  "skipped",
] as const;

/** The position of a name is its stored code: only ever append. */
export const DECISION_STATUSES = ["pending", "resolved", "timed_out", "cancelled"] as const;

export type RunStatus = (typeof RUN_STATUSES)[number];
export type StepStatus = (typeof STEP_STATUSES)[number];
export type DecisionStatus = (typeof DECISION_STATUSES)[number];

/** Whether a run in this state is over; `retry` and `skip` may still revive a failed one. */
export function isTerminal(status: RunStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** Whether a step in this state has ended; `retry` and `skip` may still revive a failed one. */
export function isStepOver(status: StepStatus): boolean {
  return status === "completed" || status === "failed" || status === "skipped";
}
