// What kinds of commits there are, told from what a hand-over holds.

import type { HandOver } from "../../../engine/store/store.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";

/** Kinds that are at the boundary of a crash in every sufficiently large set of seeds. */
export const COMMIT_KINDS = [
  "template",
  "schedule changed",
  "schedule: started",
  "schedule: skipped",
  "schedule: queued",
  "run start",
  "child start",
  "step start",
  "step resumed",
  "step result",
  "step failure",
  "step skipped",
  "step suspended",
  "step ignored",
  "retry backoff",
  "retry",
  "fallback",
  "error handler",
  "late result",
  "condition",
  "iteration start",
  "iteration end",
  "loop end",
  "branches start",
  "branches end",
  "wait start",
  "wait end",
  "decision asked",
  "decision taken",
  "decision dropped",
  "signal: decision",
  "signal: data",
  "signal: retry",
  "signal: skip",
  "signal: cancel",
  "run suspended",
  "run resumed",
  "interruption",
  "deadline",
  "completion",
  "failure",
  "cancellation",
  "delivery",
  "callback noted",
  "callback not taken",
  "callback over",
  "timer set",
  "timer done",
  "context",
] as const;

export type CommitKind = (typeof COMMIT_KINDS)[number];

const BY_EVENT: Partial<Record<EventType, CommitKind>> = {
  step_completed: "step result",
  step_failed: "step failure",
  step_skipped: "step skipped",
  step_suspended: "step suspended",
  step_ignored: "step ignored",
  step_retrying: "retry backoff",
  step_retry_attempt: "retry",
  step_fallback: "fallback",
  step_late_result: "late result",
  error_handler_invoked: "error handler",
  condition_evaluated: "condition",
  loop_iter_started: "iteration start",
  loop_iter_completed: "iteration end",
  loop_completed: "loop end",
  parallel_started: "branches start",
  parallel_completed: "branches end",
  wait_started: "wait start",
  wait_completed: "wait end",
  decision_requested: "decision asked",
  decision_resolved: "decision taken",
  workflow_suspended: "run suspended",
  workflow_resumed: "run resumed",
  workflow_interrupted: "interruption",
  workflow_timed_out: "deadline",
  workflow_completed: "completion",
  workflow_failed: "failure",
  workflow_cancelled: "cancellation",
};

/** All kinds that the batch is of. */
export function kindsOf(batch: readonly HandOver[]): Set<CommitKind> {
  const kinds = new Set<CommitKind>();
  for (const handOver of batch) {
    const { creates, events, timers, decisions, contexts, templates, scheduling } = handOver;
    for (const { parentRunNo, idempotencyKey } of creates) {
      kinds.add(parentRunNo === null ? "run start" : "child start");
      if (idempotencyKey?.startsWith("hook:")) kinds.add("delivery");
    }
    for (const { attempts, givenUpAt } of handOver.calling?.rows ?? []) {
      kinds.add(
        givenUpAt !== null
          ? "callback over"
          : attempts === 0
          ? "callback noted"
          : "callback not taken",
      );
    }
    if (handOver.calling?.removed.length) kinds.add("callback over");
    for (const { type, payload } of events) {
      const data = (typeof payload === "string" ? JSON.parse(payload) : {}) as {
        type?: string;
        resumed?: boolean;
      };
      if (type === "signal_received") kinds.add(`signal: ${data.type}` as CommitKind);
      else if (type === "step_started") kinds.add(data.resumed ? "step resumed" : "step start");
      else if (BY_EVENT[type]) kinds.add(BY_EVENT[type]);
    }
    for (const { dueAt } of timers) kinds.add(dueAt === null ? "timer done" : "timer set");
    if (decisions.some(({ status }) => status === "cancelled" || status === "timed_out")) {
      kinds.add("decision dropped");
    }
    if (contexts.length > 0) kinds.add("context");
    if (templates.length > 0) kinds.add("template");
    for (const { outcome } of scheduling?.fires ?? []) {
      if (outcome !== "failed") kinds.add(`schedule: ${outcome}`);
    }
    if (scheduling?.fires.length === 0) kinds.add("schedule changed");
  }
  return kinds;
}
