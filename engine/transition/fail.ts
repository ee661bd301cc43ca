// What a failure means: another attempt, a handler, or the end of what is around the step.

import { type ErrorObject, isRetryable } from "../../core/errors.ts";
import type { IsolationReport } from "../../core/isolation.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import { delayAfter } from "./backoff.ts";
import { cancelChild } from "./child-ties.ts";
import { LONG_WAIT_MS, queue, release, timerKey } from "./line.ts";
import { noteListEnd } from "./lists.ts";
import { resetInside } from "./reset.ts";
import { closeInside, closeSteps, endStep, satisfy, skipStep } from "./settle.ts";
import {
  applyingFallback,
  everyStep,
  isHalted,
  isHook,
  isUnderWay,
  isUnhandled,
  rootOf,
  type RunState,
  setBusy,
  type StepList,
  type StepState,
  unhandledOf,
} from "../state/state.ts";
import { dropTimeout } from "./step-timeout.ts";
import { rouse } from "./rouse.ts";
import type { Turn } from "./turn.ts";
import { stepTypeOf } from "../steps/type.ts";

/** What a failed step that nothing handles means to those around it. */
interface Failing {
  /** No handler around the step applies. */
  forced?: boolean;
  /** Everything else under way is given up. */
  abort?: boolean;
  /** What the program of its last attempt was held in. */
  isolation?: IsolationReport | null;
}

/**
 * An attempt failed: retry it, or apply the step's error strategy. `final`: no retry may follow;
 * `forced`: no strategy applies either.
 */
export function failStep(
  turn: Turn,
  step: StepState,
  thrown: ErrorObject,
  options: Failing & { final?: boolean } = {},
): void {
  const attempt = step.live.attemptInFlight;
  const failing = turn.run.failure !== null && !turn.run.revived.has(rootOf(step));
  if (thrown.code === "CIRCUIT_OPEN" && attempt && isRetry(step) && !failing) {
    return awaitProbe(turn, step, attempt.refusedMs);
  }
  // What is over a budget takes its run along, whatever the step says of errors.
  if (thrown.code === "BUDGET_EXCEEDED") options = { ...options, forced: true, abort: true };
  // Masked in memory too: what reads it must see the same before and after a restart.
  const error = turn.run.secrets.maskError(thrown);
  error.step_id ??= step.id;
  step.row.error = error;
  const { retry } = step.plan;
  const final = options.forced || options.final || failing || !isRetryable(error);
  if (retry && !final && step.row.retries < retry.max) return retryStep(turn, step, error, options);
  if (options.forced) step.row.detail.forced = true;
  applyStrategy(turn, step, error, options);
}

/** As a member of an event's payload. */
function asMember({ isolation }: Failing): JsonObject {
  return isolation ? { isolation: { ...isolation } } : {};
}

function retryStep(turn: Turn, step: StepState, error: ErrorObject, failing: Failing): void {
  if (step.row.status === "suspended") rouse(turn, step);
  const retry = step.plan.retry!;
  const delayMs = Math.round(delayAfter(retry, step.row.retries, error));
  release(step, "retrying");
  cancelChild(turn, step);
  dropTimeout(turn, step);
  const reset = resetInside(turn, step);
  step.row.retries++;
  turn.eventWith("step_retry_attempt", step.id, {
    step_id: step.id,
    attempt: step.row.retries,
    max_attempts: retry.max,
    error: error,
    retryable: true,
    delay_ms: delayMs,
    ...(reset.length > 0 && { reset }),
    ...asMember(failing),
  });
  backOff(turn, step, delayMs, null);
}

/** Whether a retry policy, of the step or of one around it, has it begun anew. */
export function isRetry(step: StepState): boolean {
  for (let outer: StepState | null = step; outer; outer = outer.list.owner) {
    if (outer.row.retries > 0) return true;
  }
  return false;
}

/**
 * A step that is begun anew by a retry policy goes on once its breaker lets a call through: what its own
 * attempts have opened must not end them.
 */
export function awaitProbe(turn: Turn, step: StepState, refusedMs: number): void {
  release(step, "retrying");
  const delayMs = Math.max(1, refusedMs);
  backOff(turn, step, delayMs, { reason: "circuit_open", delay_ms: delayMs });
}

function backOff(turn: Turn, step: StepState, delayMs: number, payload: Json): void {
  if (step.row.dueAt !== null) turn.timer(timerKey(step), null);
  step.row.dueAt = null;
  step.row.status = "retrying";
  turn.run.waits.delete(step);
  step.row.detail = { ...(step.row.detail.revived && { revived: true }), delayMs };
  if (payload === null) turn.event("step_retrying", step.id, null);
  else turn.eventWith("step_retrying", step.id, payload);
  turn.changed(step);
  if (delayMs === 0) return queue(turn, step);
  step.row.dueAt = turn.now + delayMs;
  turn.timer(timerKey(step), step.row.dueAt);
  setBusy(turn.run, step, delayMs > LONG_WAIT_MS ? "" : "timer");
}

function applyStrategy(
  turn: Turn,
  step: StepState,
  error: ErrorObject,
  failing: Failing = {},
): void {
  const { abort = false } = failing;
  const { plan } = step;
  const { forced } = step.row.detail;
  const strategy = forced ? null : plan.onError;
  const fallback = applyingFallback(step);
  if (strategy) {
    turn.eventWith("error_handler_invoked", step.id, handlerPayload(step, error, fallback));
  }
  if (strategy === "ignore") {
    const payload = { ...handlerPayload(step, error, fallback), ...asMember(failing) };
    turn.eventWith("step_ignored", step.id, payload);
    return skipStep(turn, step, "error_ignored");
  }
  const handled = strategy === "fallback_step" && fallback && !isUnhandled(fallback);
  if (handled) {
    turn.eventWith("step_fallback", step.id, {
      original_step: step.id,
      fallback_step: fallback.id,
      original_error: error,
    });
  }
  release(step, "failed");
  closeInside(turn, step, "parent_failed");
  endStep(turn, step, "failed");
  turn.eventWith("step_failed", step.id, {
    error: error,
    attempt: step.row.attempt,
    duration_ms: step.row.durationMs,
    ...asMember(failing),
  });
  if (handled) return callFallback(turn, step, fallback);
  // A signal may still let the fallback count as done.
  if (fallback) (fallback.waiters ??= []).push(step);
  if (isHook(step)) return;
  const stops = strategy === "fail_workflow";
  failList(turn, step, error, { forced: forced || stops, abort: abort || stops });
}

/** A step of the list has failed, and nothing handles that. */
function failList(turn: Turn, step: StepState, cause: ErrorObject, how: Failing): void {
  const { list } = step;
  const { owner } = list;
  const error = workflowError(step, cause);
  if (owner === null) return failRun(turn, error, how.abort ? step : null);
  if (list.state !== "open" || !isUnderWay(owner)) return;
  list.state = "failed";
  list.error = error;
  noteListEnd(turn, list);
  // A step whose fallback has failed may still be under way around the one that called it.
  closeSteps(turn, list, "parent_failed");
  if (how.forced) return failStep(turn, owner, error, how);
  turn.agenda.add({ kind: "list_failed", list, error });
}

/** The list is over because of a step in it that nothing could handle; false where there is none. */
export function noteFailedList(list: StepList): boolean {
  const [failed] = unhandledOf(list.steps);
  if (!failed) return false;
  list.state = "failed";
  list.error = workflowError(failed, failed.row.error!);
  return true;
}

function handlerPayload(
  step: StepState,
  error: ErrorObject,
  fallback: StepState | null,
): JsonObject {
  return {
    strategy: step.plan.onError,
    step_id: step.id,
    error: error,
    fallback: fallback?.id ?? null,
  };
}

/** Runs the fallback unless it already ran; the failed step is settled once it has. */
function callFallback(turn: Turn, step: StepState, fallback: StepState): void {
  if (fallback.settled) return satisfy(turn, step);
  (fallback.waiters ??= []).push(step);
  if (fallback.row.status === "pending" && fallback.live.busy === "") queue(turn, fallback);
}

/**
 * The error that a failed step hands to what is around it; the original stays in `details.cause`.
 * What a step inside it has handed up passes unchanged, unless the step used up retries on it.
 */
export function workflowError(step: StepState, cause: ErrorObject): ErrorObject {
  // Its code says what to do about it.
  if (cause.code === "BUDGET_EXCEEDED") return cause;
  const { retry } = step.plan;
  const handedUp = cause.step_id !== step.id;
  const original = (handedUp ? cause.details?.cause : undefined) as ErrorObject | undefined;
  const details = { cause: original ?? cause };
  const step_id = step.id;
  if (retry && retry.max > 0 && step.row.retries >= retry.max && isRetryable(cause)) {
    const message = `retries exhausted after ${step.row.retries + 1} attempts: ${
      (original ?? cause).message
    }`;
    return { code: "RETRY_EXHAUSTED", message, details, step_id };
  }
  if (handedUp) return cause;
  if (cause.details?.decision_timeout) {
    return { code: "TIMEOUT_ERROR", message: cause.message, details, step_id };
  }
  if (!isRetryable(cause)) {
    return { code: "NON_RETRYABLE", message: cause.message, details, step_id };
  }
  return { code: "STEP_FAILED", message: `[${cause.code}] ${cause.message}`, details, step_id };
}

/** Notes the failure that still stands: that of the step which nothing could handle first. */
export function standingFailure(run: RunState): void {
  const failed = unhandledOf(run.steps);
  failed.sort((a, b) => unhandledSince(a) - unhandledSince(b));
  run.failure = failed[0] ? workflowError(failed[0], failed[0].row.error!) : null;
}

/** Since when nothing could handle the step's failure, epoch ms: its fallbacks have failed too by then. */
function unhandledSince(step: StepState): number {
  let since = 0;
  for (let at: StepState | null = step; at?.row.status === "failed";) {
    since = Math.max(since, at.row.completedAt ?? 0);
    at = applyingFallback(at);
  }
  return since;
}

/**
 * Notes the run's failure (the first counts); what has started finishes, nothing else starts.
 * `stopper`: everything but this step is given up.
 */
export function failRun(turn: Turn, error: ErrorObject, stopper: StepState | null = null): void {
  const { run } = turn;
  if (!run.failure) {
    run.failure = error;
    stopWaiting(turn);
  }
  if (stopper) abortOthers(turn, stopper);
}

/** The run has to pay for a budget that is full: a step under way fails, and the run with it. */
export function exceedBudget(turn: Turn, error: ErrorObject): void {
  const { run } = turn;
  if (isTerminal(run.row.status) || run.marks.outcome || isHalted(run)) return;
  const step = run.steps.find((each) => !isHook(each) && isUnderWay(each));
  if (step) failStep(turn, step, error);
  else failRun(turn, error);
}

function stopWaiting(turn: Turn): void {
  const { run } = turn;
  for (const step of run.steps) {
    if (step.live.busy === "queued" && step.row.status === "pending") {
      // What a signal has revived has its turn whatever else fails.
      if (run.revived.has(step)) continue;
      release(step, "workflow_failed");
      setBusy(run, step, "");
    } else if (isAtRest(step) || (step.live.attemptInFlight?.waits && !run.revived.has(step))) {
      skipStep(turn, step, "workflow_failed");
    }
  }
  // Its backoff would hold the failure up: its last error stands.
  for (const step of everyStep(run)) {
    if (step.row.status === "retrying") turn.agenda.add({ kind: "backoff_dropped", step });
  }
}

/** The step's last error stands, unless the step was given up meanwhile. */
export function failAtOnce(turn: Turn, step: StepState): void {
  if (step.row.status !== "retrying") return;
  release(step, "workflow_failed");
  applyStrategy(turn, step, step.row.error!);
}

/** Whether a top-level step only waits. */
function isAtRest(step: StepState): boolean {
  if (stepTypeOf(step.plan)?.onlyWaits) return isUnderWay(step);
  return step.row.status === "suspended" && step.live.busy === "" && step.inside.moving === 0;
}

function abortOthers(turn: Turn, failed: StepState): void {
  for (const step of turn.run.steps) {
    if (step === failed || isHook(step)) continue;
    if (isUnderWay(step)) {
      skipStep(turn, step, "workflow_failed");
    }
  }
}
