// Whether waits waited long enough, and were met by the signals that meet them, and by no others.

import { isDeepStrictEqual } from "node:util";
import { parseDuration } from "../../../core/duration.ts";
import { isObject, type Json } from "../../../core/json.ts";
import type { WaitConfig } from "../../../engine/steps/wait.ts";
import { isFailure, mayFailAnyhow } from "./flows.ts";
import { type History, OPEN } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { Place } from "./places.ts";

/** A wait that is set for longer, or for a signal, suspends. */
const LONGEST_RUNNING_MS = 30_000;

export function checkWaits(history: History): string[] {
  return history.events.flatMap((event) => {
    if (event.type === "signal_received") return unmetBy(history, event);
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (place?.type !== "wait") return [];
    const problem = problemOf(history, event, place);
    return problem ? [`event ${event.seq} (${event.type} ${place.id}): ${problem}`] : [];
  });
}

/** How long the step waits at most, in ms; null when only a signal ends it. */
export function waitMs({ step }: Place): number | null {
  const { duration } = step.config as WaitConfig;
  return duration === undefined ? null : parseDuration(duration);
}

export function suspends(place: Place): boolean {
  const ms = waitMs(place);
  return (place.step.config as WaitConfig).signal !== undefined || ms! > LONGEST_RUNNING_MS;
}

/** When the present wait of the step began; undefined when it is not waiting. */
export function waitStart(history: History, place: Place, seq: number): LogEvent | undefined {
  if (!OPEN.has(history.step(place.id, seq).status)) return undefined;
  const fresh = history.eventsOf(place.id).findLast((event) =>
    event.type === "step_started" && event.data.resumed !== true && event.seq < seq
  );
  return history.last(place.id, "wait_started", seq, fresh?.seq);
}

function problemOf(history: History, event: LogEvent, place: Place): string | undefined {
  switch (event.type) {
    case "step_suspended":
      return suspends(place) ? undefined : "it is set for 30 s or less and suspends";
    case "wait_completed":
      return waitStart(history, place, event.seq) ? undefined : "it has not begun to wait";
    case "step_completed":
      return wrongEnd(history, event, place);
    default:
      return isFailure(event) ? wrongError(history, event, place) : undefined;
  }
}

function wrongEnd(history: History, event: LogEvent, place: Place): string | undefined {
  const start = waitStart(history, place, event.seq);
  if (!start) return "it has not begun to wait";
  const over = history.last(place.id, "wait_completed", event.seq, start.seq);
  if (!over) return "no wait_completed precedes";
  const { output } = event.data;
  if (!isObject(output)) return "its output is no object";
  const { signal } = place.step.config as WaitConfig;
  const ms = waitMs(place);
  const isOver = ms !== null && event.at >= start.at + ms - history.evidence.setBackMs;
  if (signal === undefined) {
    if (!isDeepStrictEqual(output, { waited: ms })) return `its output is not {waited: ${ms}}`;
    return isOver ? undefined : `it ends ${start.at + ms! - event.at} ms too early`;
  }
  if (isDeepStrictEqual(output, { signal, timed_out: true })) {
    return isOver ? undefined : "it times out before its time";
  }
  // Which signal that was has been looked at with all that are kept.
  if (over.data.kept === true) return undefined;
  const met = history.events.some((one) =>
    one.seq > start.seq && one.seq < event.seq && meets(one, place) &&
    isDeepStrictEqual(output, { signal, payload: one.data.payload ?? {} })
  );
  return met ? undefined : "no signal since it began gives this output";
}

/** Whether this is data for the wait: by its full or short id, or by the signal's name. */
export function meets({ type, data }: LogEvent, place: Place): boolean {
  const { signal } = place.step.config as WaitConfig;
  if (type !== "signal_received" || data.type !== "data" || signal === undefined) return false;
  const payload = (data.payload ?? {}) as Record<string, Json>;
  return [place.id, place.step.id].includes(data.step_id as string) ||
    payload.signal === signal || payload.name === signal;
}

/** The waits that were open for this signal and went on waiting. */
function unmetBy(history: History, event: LogEvent): string[] {
  const found: string[] = [];
  for (const id of history.stepIds) {
    const place = history.book.find(id);
    if (place?.type !== "wait" || !meets(event, place)) continue;
    // Between two attempts it waits for no signal.
    const { status } = history.step(id, event.seq);
    if (status === "retrying" || !waitStart(history, place, event.seq)) continue;
    const next = history.states(id).find(({ seq, status }) => seq > event.seq && !OPEN.has(status));
    const own = (event.data.payload ?? {}) as Json;
    const isMet = next !== undefined && (next.status !== "completed" ||
      isDeepStrictEqual((next.output as Record<string, Json>).payload, own) ||
      (next.output as Record<string, Json>).timed_out === true);
    if (!isMet) found.push(`event ${event.seq} (signal_received): ${id} waits on`);
  }
  return found;
}

function wrongError(history: History, event: LogEvent, place: Place): string | undefined {
  return mayFailAnyhow(history, event, place) ? undefined : "only its time limit fails a wait";
}
