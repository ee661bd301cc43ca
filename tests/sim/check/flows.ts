// What holds for every flow step: how it may fail, and that nothing in it outlives it.

import { isDeepStrictEqual } from "node:util";
import type { ErrorObject } from "../../../core/errors.ts";
import { wrongHandUp } from "./errors.ts";
import { guardFails } from "./guards.ts";
import { END, type History, OPEN } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { around, type List, type Place } from "./places.ts";
import { branchTaken, failuresIn, isUnhandled, iterations } from "./settled.ts";

/** The event of a flow step's end with an error, of the attempt or for good. */
export function isFailure({ type }: LogEvent): boolean {
  return type === "step_failed" || type === "step_ignored" || type === "step_retry_attempt";
}

/** Why a flow step may not fail with this error as the failure of one of these lists. */
export function wrongFailure(
  history: History,
  event: LogEvent,
  lists: readonly List[],
): string | undefined {
  const error = event.data.error as unknown as ErrorObject;
  const candidates = lists.flatMap((list) => failuresIn(history, list, event.seq));
  if (candidates.length === 0) return "nothing in it has failed";
  let first: string | undefined;
  for (const place of withFallbacks(history, candidates, event.seq)) {
    const wrong = wrongHandUp(history, error, place, event.seq);
    if (wrong === undefined) return undefined;
    first ??= wrong;
  }
  return first;
}

/** A failure whose fallback failed too may be told as the one or the other. */
function* withFallbacks(history: History, places: Place[], seq: number): Generator<Place> {
  for (const place of places) {
    let at: Place | undefined = place;
    while (at && isUnhandled(history, at, seq)) {
      yield at;
      at = history.book.fallbackOf(at);
    }
  }
}

/**
 * Whether a flow step may fail with this error whatever is in it: its time or the run's was over,
 * its guard failed, or it was given up while it waited for its retry.
 */
export function mayFailAnyhow(history: History, event: LogEvent, place: Place): boolean {
  if (isTimeout(history, event, place)) return true;
  const { status, error } = history.step(place.id, event.seq);
  if (status === "retrying") return isDeepStrictEqual(error, event.data.error);
  const started = history.last(place.id, "step_started", event.seq)!;
  return guardFails(place.step, { history, list: place.list, seq: started.seq });
}

/** Whether time was over for the step or the run when it failed. */
export function isTimeout(history: History, event: LogEvent, place: Place): boolean {
  const { code } = event.data.error as unknown as ErrorObject;
  const hasLimit = place.step.timeout !== undefined || place.role === "hook" ||
    history.evidence.definition.timeout !== undefined;
  return code === "TIMEOUT_ERROR" && hasLimit;
}

/** What is under way has all around it under way. */
export function checkOpenSteps(history: History): string[] {
  const found: string[] = [];
  for (const id of history.stepIds) {
    const place = history.book.find(id);
    if (!place || !OPEN.has(history.step(id, END).status)) continue;
    for (const outer of around(place)) {
      const { status } = history.step(outer.id, END);
      if (!OPEN.has(status)) {
        found.push(
          `${id} is ${history.step(id, END).status} inside ${outer.id}, which is ${status}`,
        );
      }
    }
  }
  const { status } = history.evidence.record.run;
  if (["completed", "failed", "cancelled"].includes(status)) {
    for (const id of history.stepIds) {
      const step = history.step(id, END).status;
      if (OPEN.has(step)) found.push(`${id} is ${step} in a run that is ${status}`);
    }
  }
  return found;
}

/** When a flow step has completed, each step of the lists it ran is over, called for or not. */
export function checkLeftOvers(history: History): string[] {
  const found: string[] = [];
  for (const id of history.stepIds) {
    const flow = history.book.find(id);
    if (!flow || history.step(id, END).status !== "completed") continue;
    for (const list of listsRun(history, flow)) {
      // What comes after a failure stays as it is: a branch that lost because it failed.
      if (failuresIn(history, list, END).length > 0) continue;
      for (const place of history.book.members(list)) {
        const { status } = history.step(place.id, END);
        if (["completed", "failed", "skipped"].includes(status)) continue;
        found.push(`${place.id} is ${status} in ${id}, which has completed`);
      }
    }
  }
  return found;
}

/** The lists that a flow step opened in its present life. */
export function listsRun(history: History, flow: Place): List[] {
  const namespaces = flow.type === "loop"
    ? iterations(history, flow, END).started.map((n) => `iter_${n}`)
    : flow.type === "parallel"
    ? (flow.step.config!.branches as unknown[]).map((_, n) => `branch_${n}`)
    : flow.type === "condition"
    ? [branchTaken(history, flow, END) ?? ""]
    : [];
  return namespaces.flatMap((namespace) => history.book.inside(flow, namespace) ?? []);
}
