// Whether each event stands where it may stand and says what it must say.

import { isObject } from "../../../core/json.ts";
import type { StepType } from "../step-type.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";
import { type History, RUN_STATUS } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { isInterrupted } from "./interrupted.ts";

/** Which type of step each event can only be about. */
const ONLY_OF: Partial<Record<EventType, StepType>> = {
  condition_evaluated: "condition",
  loop_iter_started: "loop",
  loop_iter_completed: "loop",
  loop_completed: "loop",
  parallel_started: "parallel",
  parallel_completed: "parallel",
  wait_started: "wait",
  wait_completed: "wait",
  decision_requested: "reasoning",
  decision_resolved: "reasoning",
};

/** May come before the run has started. */
const BEFORE_START: readonly EventType[] = [
  "signal_received",
  "variable_set",
  "workflow_cancelled",
];

/** May come after the end of a run, without reviving it. */
const AFTER_END: readonly EventType[] = ["step_late_result", "callback_failed"];

export function checkGrammar(history: History): string[] {
  return history.events.flatMap((event) => {
    const where = `event ${event.seq} (${event.type} ${event.stepId ?? ""})`;
    return [
      ...checkMoment(history, event),
      ...checkSubject(history, event),
      ...checkPayload(history, event),
    ].map((problem) => `${where}: ${problem}`);
  });
}

function checkMoment(history: History, event: LogEvent): string[] {
  const { seq, type, at } = event;
  const status = history.runStatus(seq);
  const ended = history.run.findLast((state) => state.seq < seq)!.seq;
  // The end of a run and what it skips are one turn.
  const isPartOfEnd = type === "step_skipped" && history.events[ended - 1]?.at === at;
  switch (status) {
    case "pending":
      if (type === "workflow_started" || BEFORE_START.includes(type)) return [];
      return ["the run has not started"];
    case "completed":
    case "cancelled":
      if (AFTER_END.includes(type) || isPartOfEnd) return [];
      return [`the run was ${status}`];
    case "failed": {
      if (AFTER_END.includes(type) || isPartOfEnd || type === "signal_received") return [];
      const asked = history.events.some((one) =>
        one.type === "signal_received" && one.seq > ended && one.seq < seq
      );
      return asked ? [] : ["the run had failed and nobody asked to go on"];
    }
    case "suspended":
      if (type !== "step_started" || resumesAtOnce(history, event)) return [];
      // What ends by itself in an interrupted run is recorded; nothing starts for it.
      if (event.data.resumed === true && isInterrupted(history, seq)) return [];
      return ["the run was suspended"];
    default:
      return [];
  }
}

/** Whether the run goes on in the same turn. */
function resumesAtOnce(history: History, { seq, at }: LogEvent): boolean {
  const next = history.events.find((event) => event.seq > seq && RUN_STATUS[event.type]);
  return next?.type === "workflow_resumed" && next.at === at;
}

function checkSubject(history: History, { type, stepId }: LogEvent): string[] {
  if (stepId === null) return type.startsWith("step_") ? ["it names no step"] : [];
  const place = history.book.find(stepId);
  if (!place) return type === "signal_received" ? [] : ["the definition has no such step"];
  const only = ONLY_OF[type];
  return only && only !== place.type ? [`the step is of type ${place.type}`] : [];
}

function checkPayload(history: History, { type, stepId, data }: LogEvent): string[] {
  const needs = (key: string, fits: boolean) => fits ? [] : [`its payload has no fitting "${key}"`];
  const place = stepId === null ? undefined : history.book.find(stepId);
  switch (type) {
    case "step_started":
      return needs("attempt", Number.isInteger(data.attempt) && (data.attempt as number) > 0);
    case "step_completed":
    case "workflow_completed":
      return needs("output", "output" in data);
    case "step_failed":
    case "step_ignored":
    case "step_retry_attempt":
    case "workflow_failed":
      return needs("error", isObject(data.error) && typeof data.error.code === "string");
    case "step_skipped":
      return needs("reason", typeof data.reason === "string");
    case "loop_iter_started":
    case "loop_iter_completed":
      return needs("iteration", Number.isInteger(data.iteration));
    case "condition_evaluated":
      return needs("result", typeof data.result === "string");
    case "wait_started":
      return needs("signal", (data.signal ?? null) === (place?.step.config?.signal ?? null));
    case "error_handler_invoked":
      return needs("strategy", data.strategy === place?.step.on_error?.strategy);
    default:
      return [];
  }
}
