// Whether a step or a list is over, and what a list yields.

import type { Json } from "../../../core/json.ts";
import type { Past } from "./past.ts";
import type { List, Place } from "./places.ts";

/**
 * Whether the step's failure since it last started was one for its fallback: also when that had
 * failed before, so that a signal which puts the fallback right puts the step right.
 */
export function calledFallback(history: Past, place: Place, seq: number): boolean {
  const started = history.last(place.id, "step_started", seq)?.seq ?? -Infinity;
  // A step that was put back has called nobody, even if it fails again before it starts.
  const since = Math.max(started, history.resetBefore(place.id, seq));
  const invoked = history.last(place.id, "error_handler_invoked", seq, since);
  return invoked?.data.strategy === "fallback_step";
}

/** Completed, skipped, or failed with a fallback that has settled. */
export function isSettled(history: Past, place: Place, seq: number): boolean {
  const { status } = history.step(place.id, seq);
  if (status === "completed" || status === "skipped") return true;
  if (status !== "failed" || !calledFallback(history, place, seq)) return false;
  const fallback = history.book.fallbackOf(place);
  return fallback !== undefined && isSettled(history, fallback, seq);
}

/** Failed, and no fallback that was called is still at work or has saved it. */
export function isUnhandled(history: Past, place: Place, seq: number): boolean {
  if (history.step(place.id, seq).status !== "failed") return false;
  if (!calledFallback(history, place, seq)) return true;
  const fallback = history.book.fallbackOf(place)!;
  return isUnhandled(history, fallback, seq);
}

/**
 * Whether what is around a step whose failure is unhandled knows of that: not when it was a fallback at
 * the top that failed, which a signal may put right.
 */
export function isTold(history: Past, place: Place, seq: number): boolean {
  if (place.list.parent === null) return true;
  let last = place;
  while (calledFallback(history, last, seq)) last = history.book.fallbackOf(last)!;
  return last.list.parent !== null;
}

/**
 * Whether all steps of the list that run by themselves are settled, and no fallback in it is at work: a
 * step deep inside may have called one, and be passed over since.
 */
export function isDone(history: Past, list: List, seq: number): boolean {
  return history.book.members(list).every((place) =>
    place.role === "fallback"
      ? !AT_WORK.has(history.step(place.id, seq).status)
      : isSettled(history, place, seq)
  );
}

const AT_WORK: ReadonlySet<string> = new Set(["running", "suspended", "retrying"]);

/** The output of the step of the list that completed last; null when none did. */
export function valueOf(history: Past, list: List, seq: number): Json {
  let last = -Infinity;
  let value: Json = null;
  for (const place of history.book.members(list)) {
    const state = history.step(place.id, seq);
    if (state.status !== "completed") continue;
    const completed = history.last(place.id, "step_completed", seq)!;
    if (completed.seq <= last) continue;
    last = completed.seq;
    value = state.output!;
  }
  return value;
}

/** The event by which nothing could handle the step's failure any more: its own, or its fallback's. */
export function unhandledSince(history: Past, place: Place, seq: number): number {
  const own = history.last(place.id, "step_failed", seq)!.seq;
  if (!calledFallback(history, place, seq)) return own;
  return Math.max(own, unhandledSince(history, history.book.fallbackOf(place)!, seq));
}

/** The steps of a list whose failure nothing handles, in the order in which that was so. */
export function failuresIn(history: Past, list: List, seq: number): Place[] {
  return history.book.members(list)
    .filter((place) => isUnhandled(history, place, seq))
    .sort((a, b) => unhandledSince(history, a, seq) - unhandledSince(history, b, seq));
}

/** The namespace of the list that the condition took in its present life; null before it has. */
export function branchTaken(history: Past, place: Place, seq: number): string | null {
  const start = history.lifeStart(place.id, seq);
  const evaluated = start && history.last(place.id, "condition_evaluated", seq, start.seq);
  if (!evaluated) return null;
  const key = String(evaluated.data.result);
  return history.book.inside(place, key) ? key : "default";
}

/** The iterations that the loop began and ended in its present life, in order of their events. */
export function iterations(
  history: Past,
  place: Place,
  seq: number,
): { started: number[]; completed: number[] } {
  const since = history.lifeStart(place.id, seq)?.seq ?? seq;
  const started: number[] = [];
  const completed: number[] = [];
  for (const event of history.eventsOf(place.id)) {
    if (event.seq < since || event.seq >= seq) continue;
    const n = event.data.iteration as number;
    if (event.type === "loop_iter_started" && !started.includes(n)) started.push(n);
    if (event.type === "loop_iter_completed") completed.push(n);
  }
  return { started, completed };
}

/** Whether the steps of a list inside a flow step may run: its branch or iteration is open. */
export function isOpened(history: Past, list: List, seq: number): boolean {
  const { parent, namespace } = list;
  if (!parent) return true;
  const start = history.lifeStart(parent.id, seq);
  if (!start) return false;
  switch (parent.type) {
    case "condition":
      return branchTaken(history, parent, seq) === namespace;
    case "loop": {
      const n = Number(namespace.slice("iter_".length));
      const { started, completed } = iterations(history, parent, seq);
      return started.includes(n) && !completed.includes(n);
    }
    default:
      return history.last(parent.id, "parallel_started", seq, start.seq) !== undefined;
  }
}
