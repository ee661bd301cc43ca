// What a step's result means: done, retried, ignored, handed to its fallback, or the run's failure.

import { type ErrorObject, isRetryable, toErrorObject } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Records } from "./attempt.ts";
import { retryDelay } from "./backoff.ts";
import { cancelChild, leaveChild } from "./child.ts";
import { applyContextChange, refuseLargeContext } from "./context.ts";
import { advanceList, type Failing, failList } from "./lists.ts";
import { resetInside, wasGivenUp } from "./reset.ts";
import {
  everyStep,
  fallbackOf,
  isHook,
  isUnhandled,
  rootOf,
  type RunState,
  setBusy,
  type StepList,
  type StepState,
} from "./state.ts";
import { dropTimeout } from "./step-timeout.ts";
import { dropDecision } from "./steps/reasoning.ts";
import { rouse } from "./stir.ts";
import type { Turn } from "./turn.ts";

/** The step has its output. */
export function completeStep(
  turn: Turn,
  step: StepState,
  output: Json,
  records: Records | null = null,
): void {
  let text: string;
  try {
    text = turn.env.encoder.output(output);
    if (records) refuseLargeContext(turn, records.context.map(({ data }) => data));
  } catch (thrown) {
    return failStep(turn, step, toErrorObject(thrown));
  }
  if (step.status === "suspended") rouse(turn, step);
  endStep(turn, step, "completed");
  if (step.list.owner) step.list.last = step;
  step.output = output === undefined ? null : output;
  step.outputSize = text.length;
  step.error = null;
  const emitted = records && records.emitted.length > 0
    ? `,"emitted":${turn.env.encoder.text(records.emitted as unknown as Json)}`
    : "";
  step.outputSeq = turn.event(
    "step_completed",
    step.id,
    `{"output":${text},"duration_ms":${step.durationMs}${emitted}}`,
  );
  if (records) applyRecords(turn, step, records);
  satisfy(turn, step);
}

function applyRecords(turn: Turn, step: StepState, records: Records): void {
  for (const change of records.context) applyContextChange(turn, change);
  const { row } = turn.run;
  for (const { level, message, data } of records.logs) {
    turn.afterCommit.push(() =>
      turn.env.log[level](message, {
        workflow_id: row.id,
        step_id: step.id,
        agent_id: row.agentId,
        ...(data !== undefined && { data }),
      })
    );
  }
}

/** The step will not run, or its result does not count. `extra` joins the event's payload. */
export function skipStep(
  turn: Turn,
  step: StepState,
  reason: string,
  extra: JsonObject = {},
): void {
  giveUp(turn, step, reason, extra);
  satisfy(turn, step);
}

/** Skips the step with what is open inside it; nothing follows from that yet. */
function giveUp(turn: Turn, step: StepState, reason: string, extra: JsonObject = {}): void {
  release(step, reason);
  cancelChild(turn, step);
  closeInside(turn, step, reason);
  // What was in flight may have had its effect: that is told from what only waited.
  const cancelled = reason === "workflow_cancelled" && step.status === "running" && !step.lists;
  const why = cancelled ? "cancelled_in_flight" : reason;
  endStep(turn, step, "skipped");
  step.detail.reason = why;
  turn.eventWith("step_skipped", step.id, { reason: why, ...extra });
}

/** Reasons that take steps along which had not begun. */
const TAKES_PENDING: ReadonlySet<string> = new Set(["race_lost", "workflow_cancelled"]);

/** Gives up what is open in the lists of a flow step. */
export function closeInside(turn: Turn, step: StepState, reason: string): void {
  if (step.openLists === 0) return;
  for (const list of step.lists!) {
    if (list.state !== "open") continue;
    list.state = "closed";
    step.openLists--;
    closeSteps(turn, list, reason);
  }
}

/** Gives up the open steps of a list that is not open any more. */
export function closeSteps(turn: Turn, list: StepList, reason: string): void {
  for (const step of list.steps) {
    const { status } = step;
    if (status === "completed" || status === "failed" || status === "skipped") continue;
    if (status === "pending" && !TAKES_PENDING.has(reason)) {
      release(step, reason);
      setBusy(turn.run, step, "");
      continue;
    }
    giveUp(turn, step, reason);
    step.settled = true;
    list.unsettled--;
  }
}

/**
 * An attempt failed: retry it, or apply the step's error strategy. `final`: no retry may follow;
 * `forced`: no strategy applies either.
 */
export function failStep(
  turn: Turn,
  step: StepState,
  error: ErrorObject,
  options: Failing & { final?: boolean } = {},
): void {
  error.step_id ??= step.id;
  step.error = error;
  const { retry } = step.plan;
  const failing = turn.run.failure !== null && !turn.run.revived.has(rootOf(step));
  const final = options.forced || options.final || failing || !isRetryable(error);
  if (retry && !final && step.retries < retry.max) return retryStep(turn, step, error);
  if (options.forced) step.detail.forced = true;
  applyStrategy(turn, step, error, options.abort);
}

function retryStep(turn: Turn, step: StepState, error: ErrorObject): void {
  if (step.status === "suspended") rouse(turn, step);
  const retry = step.plan.retry!;
  const delayMs = Math.round(retryDelay(retry, step.retries));
  release(step, "retrying");
  leaveChild(turn, step);
  dropTimeout(turn, step);
  const reset = resetInside(turn, step);
  step.retries++;
  turn.eventWith("step_retry_attempt", step.id, {
    step_id: step.id,
    attempt: step.retries,
    max_attempts: retry.max,
    error: error as unknown as Json,
    retryable: true,
    delay_ms: delayMs,
    ...(reset.length > 0 && { reset }),
  });
  if (step.dueAt !== null) turn.timer(timerKey(step), null);
  step.dueAt = null;
  step.status = "retrying";
  step.detail = { ...(step.detail.revived && { revived: true }), delayMs };
  turn.event("step_retrying", step.id, null);
  turn.changed(step);
  if (delayMs === 0) return queue(turn, step);
  step.dueAt = turn.now + delayMs;
  turn.timer(timerKey(step), step.dueAt);
  setBusy(turn.run, step, delayMs > LONG_WAIT_MS ? "" : "timer");
}

/** A wait set for longer than this suspends a run that has nothing else to do. */
export const LONG_WAIT_MS = 30_000;

/** The key of the timer that the step's `dueAt` belongs to. */
export function timerKey(step: StepState): string {
  if (step.status === "retrying") return `backoff:${step.id}`;
  return `${step.plan.type === "wait" ? "wait" : "decision"}:${step.id}`;
}

/** Puts a step in line to be started. */
export function queue(turn: Turn, step: StepState): void {
  setBusy(turn.run, step, "queued");
  turn.run.ready.push(step);
}

function applyStrategy(turn: Turn, step: StepState, error: ErrorObject, abort = false): void {
  const { plan } = step;
  const { forced } = step.detail;
  const strategy = forced ? null : plan.onError;
  const fallback = forced ? null : fallbackOf(step);
  if (strategy) {
    turn.eventWith("error_handler_invoked", step.id, handlerPayload(step, error, fallback));
  }
  if (strategy === "ignore") {
    turn.eventWith("step_ignored", step.id, handlerPayload(step, error, fallback));
    return skipStep(turn, step, "error_ignored");
  }
  const handled = strategy === "fallback_step" && fallback && !isUnhandled(fallback);
  if (handled) {
    turn.eventWith("step_fallback", step.id, {
      original_step: step.id,
      fallback_step: fallback.id,
      original_error: error as unknown as Json,
    });
  }
  release(step, "failed");
  closeInside(turn, step, "parent_failed");
  endStep(turn, step, "failed");
  turn.eventWith("step_failed", step.id, {
    error: error as unknown as Json,
    attempt: step.attempt,
    duration_ms: step.durationMs,
  });
  if (handled) return callFallback(turn, step, fallback);
  // A signal may still let the fallback count as done.
  if (fallback) (fallback.waiters ??= []).push(step);
  if (isHook(step)) return;
  const stops = strategy === "fail_workflow";
  failList(turn, step, error, { forced: forced || stops, abort: abort || stops });
}

function handlerPayload(step: StepState, error: ErrorObject, fallback: StepState | null): Json {
  return {
    strategy: step.plan.onError,
    step_id: step.id,
    error: error as unknown as Json,
    fallback: fallback?.id ?? null,
  };
}

/** Runs the fallback unless it already ran; the failed step is settled once it has. */
function callFallback(turn: Turn, step: StepState, fallback: StepState): void {
  if (fallback.settled) return satisfy(turn, step);
  (fallback.waiters ??= []).push(step);
  if (fallback.status === "pending" && fallback.busy === "") queue(turn, fallback);
}

/**
 * The error that a failed step hands to what is around it; the original stays in `details.cause`.
 * What a step inside it has handed up passes unchanged, unless the step used up retries on it.
 */
export function workflowError(step: StepState, cause: ErrorObject): ErrorObject {
  const { retry } = step.plan;
  const handedUp = cause.step_id !== step.id;
  const original = (handedUp ? cause.details?.cause : undefined) as ErrorObject | undefined;
  const details = { cause: (original ?? cause) as unknown as Json };
  const step_id = step.id;
  if (retry && retry.max > 0 && step.retries >= retry.max && isRetryable(cause)) {
    const message = `retries exhausted after ${step.retries + 1} attempts: ${
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

/** Notes the failure that still stands: the earliest failed step that nothing handles. */
export function standingFailure(run: RunState): void {
  const failed = run.steps.filter(isUnhandled);
  failed.sort((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0));
  run.failure = failed[0] ? workflowError(failed[0], failed[0].error!) : null;
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

function stopWaiting(turn: Turn): void {
  const { run } = turn;
  for (const step of run.steps) {
    if (step.busy === "queued" && step.status === "pending") {
      release(step, "workflow_failed");
      setBusy(run, step, "");
    } else if (isAtRest(step)) {
      skipStep(turn, step, "workflow_failed");
    }
  }
  // Its backoff would hold the failure up: its last error stands.
  for (const step of [...everyStep(run)]) {
    if (step.status !== "retrying") continue;
    release(step, "workflow_failed");
    applyStrategy(turn, step, step.error!);
  }
}

/** Whether a top-level step only waits. */
function isAtRest(step: StepState): boolean {
  if (step.plan.type === "wait") return step.status === "running" || step.status === "suspended";
  return step.status === "suspended" && step.busy === "" && step.moving === 0;
}

function abortOthers(turn: Turn, failed: StepState): void {
  for (const step of turn.run.steps) {
    if (step === failed || isHook(step)) continue;
    if (step.status === "running" || step.status === "suspended") {
      skipStep(turn, step, "workflow_failed");
    }
  }
}

/** Gives back what the step's attempt holds; an action that runs is aborted. */
export function release(step: StepState, reason: string): void {
  if (step.attemptInFlight) step.attemptInFlight.abandon(reason);
  step.attemptInFlight = null;
  step.slot?.release();
  step.slot = null;
}

/** Writes the step's end; what it held must have been released. */
export function endStep(
  turn: Turn,
  step: StepState,
  status: "completed" | "failed" | "skipped",
): void {
  if (step.dueAt !== null) {
    turn.timer(timerKey(step), null);
    step.dueAt = null;
  }
  leaveChild(turn, step);
  dropTimeout(turn, step);
  if (step.decision) dropDecision(turn, step);
  step.attemptInFlight = null;
  if (step.completedAt === null) turn.run.ended++;
  step.status = status;
  step.completedAt = turn.now;
  step.durationMs = step.startedAt === null ? null : turn.now - step.startedAt;
  setBusy(turn.run, step, "");
  turn.run.revived.delete(step);
  delete step.detail.revived;
  if (turn.run.marks.interrupted) answered(turn.run, step);
  turn.changed(step);
  turn.settled.push(step);
}

/** The step waits for no answer any more: neither, if it was the last, does its run. */
export function answered(run: RunState, step: StepState): void {
  const left = run.marks.interrupted?.filter((id) => id !== step.id) ?? [];
  if (left.length > 0) run.marks.interrupted = left;
  else delete run.marks.interrupted;
}

/** The step is settled: frees what depends on it and what it was the last to need. */
function satisfy(turn: Turn, step: StepState): void {
  if (step.settled || isHook(step)) return;
  const { list } = step;
  step.settled = true;
  list.unsettled--;
  if (list.owner === null) freeDependents(turn, step);
  // One that was given up stands in for nobody, and may be wanted again.
  if (!wasGivenUp(step)) {
    for (const waiter of step.waiters?.splice(0) ?? []) {
      if (waiter.status === "failed") satisfy(turn, waiter);
    }
    for (const index of step.plan.calls) dropFallback(turn, list.steps[index]!);
  }
  if (list.owner !== null) advanceList(turn, list);
}

function freeDependents(turn: Turn, step: StepState): void {
  const { run } = turn;
  for (const index of step.plan.dependents) {
    const dependent = run.steps[index]!;
    if (--run.openDependencies[index]! > 0 || dependent.plan.role !== "step") continue;
    if (dependent.status === "pending" && dependent.busy === "") queue(turn, dependent);
  }
}

/** Skips a fallback that no step can call any more. */
export function dropFallback(turn: Turn, fallback: StepState): void {
  if (fallback.settled || fallback.status !== "pending" || fallback.busy !== "") return;
  const { steps } = fallback.list;
  const needless = fallback.plan.callers.every((index) => steps[index]!.settled);
  if (needless) skipStep(turn, fallback, "fallback_not_needed");
}
