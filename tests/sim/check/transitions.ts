// Whether the run and its steps only changed as their state machines allow.

import type { RunStatus, StepStatus } from "../../../core/status.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";
import { type History, ids, RUN_STATUS } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { around } from "./places.ts";

const RUN_MOVES: Record<RunStatus, readonly RunStatus[]> = {
  pending: ["active", "cancelled"],
  active: ["suspended", "completed", "failed", "cancelled"],
  suspended: ["active", "failed", "cancelled"],
  failed: ["active"],
  completed: [],
  cancelled: [],
};

/** From which states each event may come; a start is looked at more closely. */
const STEP_EVENTS: Partial<Record<EventType, readonly StepStatus[]>> = {
  step_started: ["pending", "running", "retrying", "suspended"],
  step_completed: ["running"],
  step_failed: ["running", "retrying", "suspended"],
  step_skipped: ["pending", "running", "retrying", "suspended", "failed"],
  step_suspended: ["running"],
  step_retrying: ["running"],
  step_retry_attempt: ["running"],
  step_ignored: ["running", "retrying", "suspended"],
};

/** A step skipped for one of these reasons was not skipped because of another one's failure. */
const LASTING_REASONS = [
  "condition_false",
  "race_lost",
  "cancelled_in_flight",
  "workflow_cancelled",
];

export function checkTransitions(history: History): string[] {
  return history.events.flatMap((event) => {
    const where = `event ${event.seq} (${event.type} ${event.stepId ?? ""})`;
    return [
      ...checkRunMove(history, event),
      ...checkStepMove(history, event),
      ...checkResets(history, event),
    ].map((problem) => `${where}: ${problem}`);
  });
}

function checkRunMove(history: History, { seq, type }: LogEvent): string[] {
  const to = RUN_STATUS[type];
  if (!to) return [];
  const from = history.runStatus(seq);
  if (!RUN_MOVES[from].includes(to)) return [`the run goes from ${from} to ${to}`];
  const isStart = type === "workflow_started";
  if (to === "active" && isStart !== (from === "pending")) return [`${type} from ${from}`];
  return [];
}

function checkStepMove(history: History, event: LogEvent): string[] {
  const allowed = STEP_EVENTS[event.type];
  if (!allowed || event.stepId === null) return [];
  const place = history.book.find(event.stepId);
  if (!place) return ["the definition has no such step"];
  const { status, attempt } = history.step(event.stepId, event.seq);
  // A hook is the one kind of step whose end is taken back: it runs at each end of its run.
  const isHookAgain = event.type === "step_started" && inHook(history, event.stepId) &&
    ["completed", "failed", "skipped"].includes(status);
  if (!allowed.includes(status) && !isHookAgain) return [`the step was ${status}`];
  switch (event.type) {
    case "step_started":
      return checkStart(event, status, attempt);
    case "step_skipped":
      return status === "failed" ? checkSkipOfFailed(history, event) : [];
    default:
      return [];
  }
}

function inHook(history: History, id: string): boolean {
  const place = history.book.find(id)!;
  const outermost = [...around(place)].at(-1) ?? place;
  return outermost.role === "hook";
}

function checkStart({ data }: LogEvent, status: StepStatus, attempt: number): string[] {
  const resumed = data.resumed === true;
  if (resumed !== (status === "suspended")) {
    return [resumed ? `it resumes a step that was ${status}` : "a suspended step starts anew"];
  }
  if ((data.interrupted === true) !== (status === "running")) {
    return [
      `the start of a step that was ${status} says interrupted: ${data.interrupted ?? false}`,
    ];
  }
  const expected = resumed ? attempt : attempt + 1;
  if (data.attempt === expected) return [];
  return [`attempt ${data.attempt} follows attempt ${attempt}${resumed ? ", resumed" : ""}`];
}

/** Only a signal skips a failed step. */
function checkSkipOfFailed(history: History, { seq, stepId }: LogEvent): string[] {
  const since = history.step(stepId!, seq).seq;
  const asked = history.events.some((event) =>
    event.seq > since && event.seq < seq && event.type === "signal_received" &&
    event.data.type === "skip"
  );
  return asked ? [] : ["nobody asked to skip the failed step"];
}

function checkResets(history: History, event: LogEvent): string[] {
  const found: string[] = [];
  if (event.type === "signal_received") {
    const anew = history.begunAnew(event);
    for (const id of ids(event.data.reset)) {
      const { status, reason } = history.step(id, event.seq);
      const place = history.book.find(id);
      if (!place) found.push(`resets ${id}, which is no step`);
      else if (inHook(history, id) || anew.includes(id)) continue;
      else if (status === "skipped" && LASTING_REASONS.includes(reason!)) {
        found.push(`resets ${id}, which was skipped for ${reason}`);
      } else if (!["failed", "skipped"].includes(status)) {
        found.push(`resets ${id}, which was ${status}`);
      }
    }
  } else if (event.type === "step_retry_attempt") {
    for (const id of ids(event.data.reset)) {
      if (!id.startsWith(`${event.stepId}.`)) found.push(`resets ${id}, which is not in it`);
    }
  }
  return found;
}
