// Whether a run ended as its steps did: its status, its output, its error, its hooks.

import { isDeepStrictEqual } from "node:util";
import type { ErrorObject } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { wrongHandUp } from "./errors.ts";
import { isForced } from "./handlers.ts";
import { END, type History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { around, type List, type Place } from "./places.ts";
import { failuresIn, isDone, isSettled, unhandledSince } from "./settled.ts";

export function checkOutcome(history: History): string[] {
  return history.events.flatMap((event) => {
    const problems = event.type === "workflow_completed"
      ? checkCompleted(history, event)
      : event.type === "workflow_failed"
      ? checkFailed(history, event)
      : event.type === "workflow_cancelled"
      ? checkCancelled(history, event)
      : [];
    return problems.map((problem) => `event ${event.seq} (${event.type}): ${problem}`);
  });
}

function checkCompleted(history: History, event: LogEvent): string[] {
  const { top, hooks } = history.book;
  const found: string[] = [];
  if (!isDone(history, top, event.seq)) found.push("not all steps are settled");
  for (const place of history.book.members(top)) {
    const { status } = history.step(place.id, event.seq);
    if (place.role === "fallback" && status === "pending") {
      found.push(`${place.id} is still pending`);
    }
    if (["running", "retrying", "suspended"].includes(status)) {
      found.push(`${place.id} is ${status}`);
    }
  }
  const expected = outputOf(history, event.seq);
  if (!isDeepStrictEqual(event.data.output, expected)) {
    const [is, should] = [event.data.output, expected].map((value) => JSON.stringify(value));
    found.push(`its output is ${is} instead of ${should}`);
  }
  return [...found, ...checkHook(history, event, hooks.on_complete)];
}

/**
 * One step without dependents, of which `workflow.fail` is none: its output; several: `{id: output}`
 * with all of them. For one that failed stands the fallback that took over, under its own id.
 */
function outputOf(history: History, seq: number): Json {
  const { top } = history.book;
  const fails = new Set(
    top.steps.filter(({ action }) => action === "workflow.fail").map(({ id }) => id),
  );
  const members = history.book.members(top).filter(({ role }) => role === "step");
  // What only such steps depend on, and nothing depends on these in turn, is last as well.
  const needed = new Set<string>();
  for (let before = -1; before < needed.size;) {
    before = needed.size;
    for (const { step } of members) {
      if (fails.has(step.id) && !needed.has(step.id)) continue;
      for (const id of step.depends_on ?? []) needed.add(id);
    }
  }
  const sinks = members.filter(({ step }) => !needed.has(step.id) && !fails.has(step.id));
  const outputs = sinks.map((sink): [id: string, output: Json] => {
    const { id } = standInOf(history, sink, seq) ?? sink;
    const { status, output } = history.step(id, seq);
    return [id, status === "completed" ? output! : null];
  });
  if (outputs.length === 1) return outputs[0]![1];
  return outputs.length === 0 ? null : Object.fromEntries(outputs);
}

/** The step itself or, if it failed, the first of its fallbacks that has not. */
function standInOf(history: History, step: Place, seq: number): Place | undefined {
  let at: Place | undefined = step;
  while (at && history.step(at.id, seq).status === "failed") at = calledBy(history, at, seq);
  return at;
}

/**
 * The fallback that a failed step has asked for. One that had failed already was not called again,
 * and a signal may have put it right since.
 */
function calledBy(history: History, step: Place, seq: number): Place | undefined {
  const start = history.last(step.id, "step_started", seq)?.seq ?? -Infinity;
  const handler = history.last(step.id, "error_handler_invoked", seq, start);
  return handler?.data.strategy === "fallback_step" ? history.book.fallbackOf(step) : undefined;
}

function checkFailed(history: History, event: LogEvent): string[] {
  const { top, hooks } = history.book;
  const error = event.data.error as unknown as ErrorObject;
  const found = checkHook(history, event, hooks.on_error);
  const open = history.book.members(top).filter(({ id }) =>
    ["running", "retrying", "suspended"].includes(history.step(id, event.seq).status)
  );
  for (const { id } of open) found.push(`${id} is still under way`);
  const timedOut = lastOf(history, event, "workflow_timed_out");
  if (timedOut && error.code === "TIMEOUT_ERROR") return found;
  const failures = failuresIn(history, top, event.seq);
  if (failures.length === 0) return [...found, "no step has failed"];
  const wrong = wrongError(history, error, firstFailures(history, failures, event.seq), event.seq);
  return wrong ? [...found, wrong] : found;
}

/**
 * The first failure; one whose fallback failed as well may be told as either, and so may those of
 * the same millisecond: rows know no finer order.
 */
function firstFailures(history: History, failures: Place[], seq: number): Place[] {
  const first: Place[] = [];
  const isCaller = (place: Place) => history.book.fallbackOf(place) !== undefined;
  for (const place of failures) {
    first.push(place);
    if (!isCaller(place)) break;
  }
  // A fallback at the top may have been called from inside of a step, which then failed as well.
  const last = first.at(-1)!;
  if (last.role === "fallback") first.push(...failures.filter((one) => !first.includes(one)));
  const since = (place: Place) => history.events[unhandledSince(history, place, seq) - 1]!.at;
  first.push(...failures.filter((one) => since(one) === since(failures[0]!)));
  // So may one that fails the run at once, whatever has failed before it.
  first.push(
    ...failures.filter((one) =>
      one.step.on_error?.strategy === "fail_workflow" || isForced(history, one, seq)
    ),
  );
  return first.filter(({ id }) => history.step(id, seq).error);
}

function wrongError(
  history: History,
  error: ErrorObject,
  candidates: Place[],
  seq: number,
): string | undefined {
  let wrong: string | undefined;
  for (const place of candidates) {
    const problem = wrongHandUp(history, error, place, seq);
    if (problem === undefined) return undefined;
    wrong ??= problem;
  }
  return isReasoningTimeout(history, error) ? undefined : wrong;
}

/** A decision that nobody took in time names its step, however deep it is. */
function isReasoningTimeout(history: History, { code, step_id: id }: ErrorObject): boolean {
  return code === "TIMEOUT_ERROR" && id !== undefined &&
    history.book.find(id)?.type === "reasoning";
}

function checkCancelled(history: History, event: LogEvent): string[] {
  const found: string[] = [];
  if (typeof event.data.reason !== "string") found.push("it has no reason");
  for (const place of history.book.members(history.book.top)) {
    const { status } = history.step(place.id, END);
    if (["completed", "failed", "skipped"].includes(status)) continue;
    found.push(`${place.id} is ${status}`);
  }
  return found;
}

/** The hook of this ending, if there is one, has come to its end since the run last became active. */
function checkHook(history: History, event: LogEvent, hook: List | null): string[] {
  if (!hook) return [];
  const [place] = history.book.members(hook) as [Place];
  const state = history.step(place.id, event.seq);
  if (!["completed", "failed", "skipped"].includes(state.status)) {
    return [`its hook ${place.id} is ${state.status}`];
  }
  const began = history.run.findLast((run) => run.seq < event.seq && run.status === "active")!.seq;
  const previous = history.run.findLast((run) => run.seq < began)!;
  // A run that was only suspended meanwhile goes on with the same ending.
  return state.seq < began && previous.status === "failed"
    ? ["its hook ran at an earlier end"]
    : [];
}

/** The last event of the type since the run started, or was revived after a failure. */
function lastOf(history: History, event: LogEvent, type: LogEvent["type"]): LogEvent | undefined {
  const failed = history.run.findLast((run) => run.seq < event.seq && run.status === "failed");
  return history.events.findLast((one) =>
    one.type === type && one.seq < event.seq && one.seq > (failed?.seq ?? 0)
  );
}

/** Whether steps outside of hooks began after a hook did, without the run having been revived. */
export function checkAfterHooks(history: History): string[] {
  const found: string[] = [];
  for (const event of history.events) {
    if (event.type !== "step_started") continue;
    const place = history.book.find(event.stepId!);
    const outermost = place && ([...around(place)].at(-1) ?? place);
    if (!place || outermost!.role === "hook") continue;
    const began = history.run.findLast((run) => run.seq < event.seq && run.status === "active");
    for (const hook of Object.values(history.book.hooks)) {
      if (!hook) continue;
      const [{ id }] = hook.steps as [Place["step"]];
      if (!history.last(id, "step_started", event.seq, began?.seq)) continue;
      found.push(`event ${event.seq} (step_started ${place.id}): hook ${id} has begun already`);
    }
  }
  return found;
}

/** Whether each fallback that nothing can call any more was passed over, and no other one. */
export function checkFallbacks(history: History): string[] {
  return history.events.flatMap((event) => {
    if (event.type !== "step_skipped" || event.data.reason !== "fallback_not_needed") return [];
    const place = history.book.find(event.stepId!);
    const where = `event ${event.seq} (step_skipped ${event.stepId})`;
    if (place?.role !== "fallback") return [`${where}: nothing falls back to it`];
    const callers = history.book.callersOf(place)
      .map(({ id }) => history.book.find(place.list.prefix + id))
      .filter((caller) => caller?.list === place.list) as Place[];
    const left = callers.filter((caller) =>
      caller.role === "step" && !isSettled(history, caller, event.seq)
    );
    return left.map(({ id }) => `${where}: ${id} can still call it`);
  });
}
