// Which events a run's log can hold, and the small integer each is stored as.

/**
 * The position of a name in this list is its stored code: only ever append. One that most runs log
 * many times belongs into `FREQUENT`, too (store/libsql/migrations.ts).
 */
export const EVENT_TYPES = [
  "workflow_started",
  "workflow_completed",
  "workflow_failed",
  "workflow_cancelled",
  "workflow_suspended",
  "workflow_resumed",
  "workflow_timed_out",
  "workflow_interrupted",
  "step_started",
  "step_completed",
  "step_failed",
  "step_skipped",
  "step_suspended",
  "step_retrying",
  "step_retry_attempt",
  "step_ignored",
  "step_fallback",
  "step_late_result",
  "error_handler_invoked",
  "decision_requested",
  "decision_resolved",
  "signal_received",
  "variable_set",
  // Written by nobody: its place is a code that the next ones must not take.
  "dag_mutated",
  "condition_evaluated",
  "loop_iter_started",
  "loop_iter_completed",
  "loop_completed",
  "parallel_started",
  "parallel_completed",
  "wait_started",
  "wait_completed",
  "circuit_breaker_open",
  "circuit_breaker_half_open",
  "circuit_breaker_closed",
  "callback_failed",
] as const;

/** Those that a log may have. */
export const WRITTEN_TYPES: readonly EventType[] = EVENT_TYPES
  .filter((type) => type !== "dag_mutated");

export type EventType = (typeof EVENT_TYPES)[number];

const codes = new Map<string, number>(EVENT_TYPES.map((type, code) => [type, code]));

/** The stored code of an event type; undefined for a name that is none. */
export function eventCode(type: string): number | undefined {
  return codes.get(type);
}
