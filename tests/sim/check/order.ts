// Whether each step began only when it might: what it needs was settled, it was called, its list was open.

import { END, type History, OPEN } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { Place } from "./places.ts";
import { calledFallback, isOpened, isSettled, isUnhandled } from "./settled.ts";

export function checkOrder(history: History): string[] {
  return history.events.flatMap((event) => {
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (!place || !isBeginning(history, event, place)) return [];
    return reasonsAgainst(history, event.seq, place)
      .map((reason) => `event ${event.seq} (${event.type} ${place.id}): ${reason}`);
  });
}

/** Whether the step leaves `pending` on its own account: it starts, or its guard passes it over. */
function isBeginning(history: History, { type, seq, data }: LogEvent, { id }: Place): boolean {
  if (type !== "step_started" && !(type === "step_skipped" && data.reason === "condition_false")) {
    return false;
  }
  return history.step(id, seq).status === "pending";
}

/** Why the step may not begin before this event; none when it may. */
export function reasonsAgainst(history: History, seq: number, place: Place): string[] {
  if (place.role === "hook") return reasonsAgainstHook(history, seq, place);
  const reasons: string[] = [];
  const isCalledFor = isCalled(history, place, seq) || isAskedFor(history, place, seq);
  if (place.role === "fallback" && !isCalledFor) {
    reasons.push("nothing that falls back to it has failed");
  }
  if (place.list.kind === "sequence") reasons.push(...reasonsInSequence(history, seq, place));
  else reasons.push(...reasonsInGraph(history, seq, place));
  return reasons;
}

function reasonsInGraph(history: History, seq: number, place: Place): string[] {
  const reasons = (place.step.depends_on ?? [])
    .filter((id) => !isSettled(history, history.book.find(id)!, seq))
    .map((id) => `its dependency ${id} is not settled`);
  if (place.role === "step" && isDoomed(history, seq) && !isAskedFor(history, place, seq)) {
    reasons.push("the run had failed already");
  }
  return reasons;
}

/** Whether a signal has put the step back, which then runs whatever else has failed. */
function isAskedFor(history: History, { id }: Place, seq: number): boolean {
  return history.events[history.step(id, seq).seq - 1]?.type === "signal_received";
}

function reasonsInSequence(history: History, seq: number, place: Place): string[] {
  const { list, role } = place;
  const parent = list.parent!;
  const reasons: string[] = [];
  if (!OPEN.has(history.step(parent.id, seq).status)) reasons.push(`${parent.id} is not under way`);
  if (!isOpened(history, list, seq)) reasons.push(`${list.prefix} is not open`);
  if (role === "fallback") return reasons;
  for (const sibling of history.book.members(list)) {
    if (sibling === place) break;
    if (sibling.role === "fallback" || isSettled(history, sibling, seq)) continue;
    reasons.push(`${sibling.id} before it is not settled`);
  }
  return reasons;
}

function reasonsAgainstHook(history: History, seq: number, { list }: Place): string[] {
  const open = history.book.members(history.book.top)
    .filter(({ id }) => OPEN.has(history.step(id, seq).status))
    .map(({ id }) => `${id} is still under way`);
  if (list.namespace === "on_error") return open;
  const left = history.book.members(history.book.top)
    .filter((place) => place.role === "step" && !isSettled(history, place, seq))
    .map(({ id }) => `${id} is not settled`);
  return [...open, ...left];
}

/** Whether a step has failed and handed over to this fallback, and nobody has passed it over since. */
export function isCalled(history: History, fallback: Place, seq: number): boolean {
  for (const id of history.stepIds) {
    const place = history.book.find(id);
    if (!place || history.book.fallbackOf(place) !== fallback) continue;
    const hasFailed = history.step(place.id, seq).status === "failed";
    if (hasFailed && calledFallback(history, place, seq)) return true;
  }
  return false;
}

/** Whether a step at the top has failed and nothing can handle it any more. */
export function isDoomed(history: History, seq: number = END): boolean {
  return history.book.members(history.book.top).some((place) => isUnhandled(history, place, seq));
}
