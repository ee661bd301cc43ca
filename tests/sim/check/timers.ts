// Whether each timer of a run has its reason, and each step that waits for a time has its timer.

import { END, type History, OPEN } from "./history.ts";
import { parseDuration } from "../../../core/duration.ts";
import type { Place } from "./places.ts";
import { delayOf } from "./retries.ts";
import { isInterrupted } from "./interrupted.ts";
import { waitMs, waitStart } from "./waits.ts";

export function checkTimers(history: History): string[] {
  const found: string[] = [];
  const expected = expectedTimers(history);
  const { timers, now, spreadMs = 0 } = history.evidence;
  const keys = new Set<string>();
  for (const { key, dueAt } of timers) {
    if (keys.has(key)) found.push(`timer ${key} is there twice`);
    keys.add(key);
    const due = expected.get(key);
    if (due === undefined) {
      if (!mayBeThere(history, key)) found.push(`timer ${key} has no reason`);
    } else if (key === "deadline" ? dueAt > due! : due !== null && due !== dueAt) {
      // One from before a pause is set anew when it fires.
      found.push(`timer ${key} is due at ${dueAt} instead of ${due}`);
    }
  }
  // What falls due while a run is interrupted is used up, even if the clock is set back since; what
  // is still to come is set anew when the run goes on.
  if (isInterrupted(history)) return found;
  const last = Math.max(now + spreadMs, history.events.at(-1)?.at ?? 0);
  for (const [key, due] of expected) {
    if (keys.has(key)) continue;
    // A backoff that is over may have to wait for a slot.
    if (key.startsWith("backoff:") && history.runStatus(END) === "active" && due! <= last) continue;
    found.push(`timer ${key} is missing`);
  }
  return found;
}

/** The timers that must be there, with their times where those are known. */
function expectedTimers(history: History): Map<string, number | null> {
  const timers = new Map<string, number | null>();
  const status = history.runStatus(END);
  if (status !== "active" && status !== "suspended") return timers;
  const deadline = status === "active" ? deadlineOf(history) : null;
  if (deadline !== null) timers.set("deadline", deadline);
  for (const id of history.stepIds) {
    const place = history.book.find(id);
    if (place && OPEN.has(history.step(id, END).status)) addTimers(history, place, timers);
  }
  for (const { stepId, id, status, timeoutAt } of history.evidence.decisions) {
    if (status !== "pending" || timeoutAt === null) continue;
    const byId = `decision:${id}`;
    const isById = history.evidence.timers.some(({ key }) => key === byId);
    timers.set(isById ? byId : `decision:${stepId}`, timeoutAt);
  }
  return timers;
}

/** When the time of an active run is over, by its row; null when it has none, or only its hook runs. */
function deadlineOf({ evidence: { definition, record } }: History): number | null {
  const { activeSince, activeMs, marks } = record.run;
  if (definition.timeout === undefined || activeSince === null) return null;
  if ((JSON.parse(marks ?? "{}") as { outcome?: unknown }).outcome) return null;
  return Math.ceil(activeSince + parseDuration(definition.timeout) - activeMs);
}

function addTimers(history: History, place: Place, timers: Map<string, number | null>): void {
  const { id, step, type } = place;
  const { status, attempt, retries } = history.step(id, END);
  if (status === "retrying") {
    const retried = history.last(id, "step_retry_attempt", END)!;
    const delay = delayOf(step.retry!, retries - 1);
    // Once its time is over the step may wait for its turn, without a timer.
    const row = history.evidence.record.steps.find(({ stepId }) => stepId === id);
    const { now, setBackMs } = history.evidence;
    const isOver = retried.at + delay <= now + setBackMs && row?.dueAt === null;
    if (delay > 0 && !isOver) timers.set(`backoff:${id}`, retried.at + delay);
    return;
  }
  if (type === "wait") {
    const start = waitStart(history, place, END);
    const ms = waitMs(place);
    if (start && ms !== null) timers.set(`wait:${id}`, start.at + ms);
  }
  if (step.timeout === undefined) return;
  if (step.action === "workflow.run") return addChildLimit(history, place, timers);
  const isFlow = ["condition", "loop", "parallel"].includes(type);
  const key = `timeout:${attempt}:${id}`;
  if (type === "wait") {
    const start = history.eventsOf(id).findLast((event) =>
      event.type === "step_started" && event.data.resumed !== true
    )!;
    timers.set(key, start.at + parseDuration(step.timeout));
  } else if (isFlow && status === "running") {
    timers.set(key, null);
  }
}

/** A child's time runs from when it is there; until then its template is being looked up. */
function addChildLimit(history: History, place: Place, timers: Map<string, number | null>): void {
  const { id, step } = place;
  const { record, children } = history.evidence;
  const [child] = Object.values(children).map(({ record: { run } }) => run)
    .filter((run) => run.parentStepId === id && run.parentRunNo === record.run.runNo)
    .sort((a, b) => b.runNo - a.runNo);
  const { attempt } = history.step(id, END);
  const start = history.eventsOf(id).findLast((event) =>
    event.type === "step_started" && event.data.resumed !== true
  )!;
  // One of an earlier attempt may have begun in the same millisecond.
  const began = child && children[child.id]!.record.events[0]?.id;
  const isEarlier = began !== undefined && began < record.events[start.seq - 1]!.id;
  if (!child || child.createdAt < start.at || isEarlier) return;
  timers.set(`timeout:${attempt}:${id}`, child.createdAt + parseDuration(step.timeout!));
}

/** Timers that may be there or not, for what is decided elsewhere. */
function mayBeThere(history: History, key: string): boolean {
  const status = history.runStatus(END);
  const isOver = status === "completed" || status === "cancelled" || status === "failed";
  const [kind] = key.split(":") as [string];
  // News of relatives, and of callbacks: they are due at once and mean nothing to a run that is over.
  if (kind === "child" || kind === "cancel" || kind === "callback-given-up") return true;
  if (isOver) return false;
  if (kind === "deadline") {
    return status === "active" && history.evidence.definition.timeout !== undefined;
  }
  const named = /^(?:backoff|timeout:(\d+)):(.+)$/.exec(key);
  if (!named) return false;
  const [, attempt, id] = named as unknown as [string, string | undefined, string];
  const place = history.book.find(id);
  const state = history.step(id, END);
  if (!place) return false;
  if (attempt === undefined) return state.status === "retrying";
  const hasLimit = place.step.timeout !== undefined || place.role === "hook";
  return hasLimit && OPEN.has(state.status) && state.attempt === Number(attempt) &&
    place.type !== "reasoning";
}
