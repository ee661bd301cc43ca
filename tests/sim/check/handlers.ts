// Whether failures were handled as `on_error` says.

import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { around, type Place } from "./places.ts";
import { isSettled } from "./settled.ts";

export function checkHandlers(history: History): string[] {
  return history.events.flatMap((event) => {
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (!place) return [];
    return problemsOf(history, event, place)
      .map((problem) => `event ${event.seq} (${event.type} ${place.id}): ${problem}`);
  });
}

function problemsOf(history: History, event: LogEvent, place: Place): string[] {
  switch (event.type) {
    case "step_ignored":
      return checkHandled(history, event, place, "ignore");
    case "step_fallback":
      return [
        ...checkHandled(history, event, place, "fallback_step"),
        ...checkFallbackNamed(history, event, place),
      ];
    case "step_failed":
      return checkFailure(history, event, place);
    default:
      return [];
  }
}

function checkHandled(
  history: History,
  { seq }: LogEvent,
  place: Place,
  strategy: string,
): string[] {
  if (place.step.on_error?.strategy !== strategy) return [`its on_error does not say ${strategy}`];
  const started = history.last(place.id, "step_started", seq)?.seq ?? 0;
  const invoked = history.last(place.id, "error_handler_invoked", seq, started);
  const next = history.eventsOf(place.id).find((event) =>
    event.seq > seq && event.type.startsWith("step_")
  );
  const end = strategy === "ignore" ? "step_skipped" : "step_failed";
  return [
    ...(invoked ? [] : ["no error_handler_invoked precedes"]),
    ...(next?.type === end ? [] : [`no ${end} follows`]),
  ];
}

function checkFallbackNamed(history: History, { data }: LogEvent, place: Place): string[] {
  const target = history.book.fallbackOf(place)!;
  const named = data.fallback_step;
  if (named === target.id || named === target.step.id) return [];
  return [`it names ${named} instead of ${target.id}`];
}

/** A failure that its handler should have dealt with. */
function checkFailure(history: History, event: LogEvent, place: Place): string[] {
  const { seq, at } = event;
  const strategy = place.step.on_error?.strategy;
  if (strategy !== "ignore" && strategy !== "fallback_step") return [];
  const isTimeOver = history.events.some((one) =>
    one.type === "workflow_timed_out" && one.at === at && one.seq < seq
  );
  if (isTimeOver || isForced(history, place, seq)) return [];
  if (strategy === "ignore") return ["its on_error says ignore"];
  const started = history.last(place.id, "step_started", seq)?.seq ?? 0;
  if (history.last(place.id, "step_fallback", seq, started)) return [];
  const fallback = history.book.fallbackOf(place)!;
  const { status } = history.step(fallback.id, seq);
  const isSpent = status === "failed" && !isSettled(history, fallback, seq);
  return isSpent ? [] : ["its fallback was not called"];
}

/** Whether the failure comes from `workflow.fail` or `fail_workflow` in it, which nothing handles. */
export function isForced(history: History, place: Place, seq: number): boolean {
  if (place.step.action === "workflow.fail") return true;
  for (const id of history.stepIds) {
    if (!id.startsWith(`${place.id}.`) || history.step(id, seq).status !== "failed") continue;
    const inner = history.book.find(id);
    const isInside = inner && [...around(inner)].includes(place);
    if (!isInside) continue;
    if (inner.step.action === "workflow.fail") return true;
    if (inner.step.on_error?.strategy === "fail_workflow") return true;
  }
  return false;
}
