// Whether signals that came early were kept for the waits that keep them, and taken once, in their order.

import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../../core/json.ts";
import type { WaitConfig } from "../../../engine/steps/wait.ts";
import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { meets, waitStart } from "./waits.ts";
import type { Place } from "./places.ts";

export function checkKept(history: History): string[] {
  const kept: LogEvent[] = [];
  return history.events.flatMap((event) => {
    const problem = event.type === "signal_received"
      ? received(history, event, kept)
      : atWait(history, event, kept);
    return problem ? [`event ${event.seq} (${event.type} ${event.stepId ?? ""}): ${problem}`] : [];
  });
}

function received(history: History, event: LogEvent, kept: LogEvent[]): string | undefined {
  if (event.data.kept) {
    kept.push(event);
    const met = waits(history).some((place) => isOpenFor(history, event, place));
    return met ? "it is kept although it meets a wait" : undefined;
  }
  if (event.data.step_id !== undefined) return undefined;
  const isDue = waits(history).some((place) =>
    keeps(place) && meets(event, place) && history.step(place.id, event.seq).status === "pending" &&
    place.list.kind === "graph"
  );
  const isMet = waits(history).some((place) => isOpenFor(history, event, place));
  return isDue && !isMet ? "it is not kept for the wait that has not begun" : undefined;
}

function atWait(history: History, event: LogEvent, kept: LogEvent[]): string | undefined {
  const place = event.stepId === null ? undefined : history.book.find(event.stepId);
  if (place?.type !== "wait") return undefined;
  const at = keeps(place) ? kept.findIndex((one) => meets(one, place)) : -1;
  if (event.type === "wait_started") {
    const next = history.eventsOf(place.id).find(({ seq }) => seq > event.seq);
    const takes = next?.type === "wait_completed" && next.data.kept === true;
    return at >= 0 && !takes ? "it does not take the signal that was kept for it" : undefined;
  }
  if (event.type !== "wait_completed" || event.data.kept !== true) return undefined;
  if (at < 0) return "no signal was kept for it";
  const [taken] = kept.splice(at, 1);
  const end = history.eventsOf(place.id).find(({ seq }) => seq > event.seq);
  const { output } = end?.data ?? {};
  const payload = isObject(output) ? output.payload : undefined;
  return isDeepStrictEqual(payload, taken!.data.payload ?? {})
    ? undefined
    : "it takes another signal than the oldest that was kept for it";
}

function keeps({ step }: Place): boolean {
  return (step.config as WaitConfig).signals === "keep";
}

function isOpenFor(history: History, event: LogEvent, place: Place): boolean {
  return meets(event, place) && history.step(place.id, event.seq).status !== "retrying" &&
    waitStart(history, place, event.seq) !== undefined;
}

/** Waits at the top, and those inside that something happened to. */
function waits(history: History): Place[] {
  const ids = new Set([
    ...history.book.top.steps.map(({ id }) => id),
    ...history.stepIds,
  ]);
  return [...ids].flatMap((id) => {
    const place = history.book.find(id);
    return place?.type === "wait" ? [place] : [];
  });
}
