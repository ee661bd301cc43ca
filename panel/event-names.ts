// Which types of events there are, for the lists and streams of the panel: the compiler holds them to the engine's.

import type { EventType } from "../engine/journal/event-types.ts";

export type { EventType };

/** `dag_mutated` is in no log. */
const ALL: Record<Exclude<EventType, "dag_mutated">, true> = {
  workflow_started: true,
  workflow_completed: true,
  workflow_failed: true,
  workflow_cancelled: true,
  workflow_suspended: true,
  workflow_resumed: true,
  workflow_timed_out: true,
  workflow_interrupted: true,
  step_started: true,
  step_completed: true,
  step_failed: true,
  step_skipped: true,
  step_suspended: true,
  step_retrying: true,
  step_retry_attempt: true,
  step_ignored: true,
  step_fallback: true,
  step_late_result: true,
  error_handler_invoked: true,
  decision_requested: true,
  decision_resolved: true,
  signal_received: true,
  variable_set: true,
  condition_evaluated: true,
  loop_iter_started: true,
  loop_iter_completed: true,
  loop_completed: true,
  parallel_started: true,
  parallel_completed: true,
  wait_started: true,
  wait_completed: true,
  circuit_breaker_open: true,
  circuit_breaker_half_open: true,
  circuit_breaker_closed: true,
  callback_failed: true,
};

export const EVENT_NAMES = Object.keys(ALL) as readonly EventType[];
