// What a step's result means: done, retried, ignored, handed to its fallback, or the run's failure.

import { type ErrorObject, isRetryable, toErrorObject } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Records } from "./attempt.ts";
import { retryDelay } from "./backoff.ts";
import { cancelChild, leaveChild } from "./child.ts";
import { applyContextChange, refuseLargeContext } from "./context.ts";
import { setBusy, type StepState } from "./state.ts";
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
  endStep(turn, step, "completed");
  step.output = output === undefined ? null : output;
  step.outputSize = text.length;
  step.error = null;
  const emitted = records && records.emitted.length > 0
    ? `,"emitted":${turn.env.encoder.text(records.emitted as unknown as Json)}`
    : "";
  step.outputSeq = turn.event(
    "step_completed",
    step.plan.id,
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
        step_id: step.plan.id,
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
  release(step, reason);
  if (step.status === "running" || step.status === "suspended") cancelChild(turn, step);
  endStep(turn, step, "skipped");
  step.detail.reason = reason;
  turn.eventWith("step_skipped", step.plan.id, { reason, ...extra });
  satisfy(turn, step);
}

/**
 * An attempt failed: retry it, or apply the step's error strategy. `final`: no retry may follow;
 * `forced`: no strategy applies either.
 */
export function failStep(
  turn: Turn,
  step: StepState,
  error: ErrorObject,
  options: { forced?: boolean; final?: boolean } = {},
): void {
  error.step_id ??= step.plan.id;
  step.error = error;
  const { retry } = step.plan;
  const failing = turn.run.failure !== null && !turn.run.revived.has(step);
  const final = options.forced || options.final || failing || !isRetryable(error);
  if (retry && !final && step.retries < retry.max) return retryStep(turn, step, error);
  if (options.forced) step.detail.forced = true;
  applyStrategy(turn, step, error);
}

function retryStep(turn: Turn, step: StepState, error: ErrorObject): void {
  const retry = step.plan.retry!;
  const delayMs = Math.round(retryDelay(retry, step.retries));
  step.retries++;
  turn.eventWith("step_retry_attempt", step.plan.id, {
    step_id: step.plan.id,
    attempt: step.retries,
    max_attempts: retry.max,
    error: error as unknown as Json,
    retryable: true,
    delay_ms: delayMs,
  });
  release(step, "retrying");
  leaveChild(turn, step);
  step.status = "retrying";
  step.detail.delayMs = delayMs;
  turn.event("step_retrying", step.plan.id, null);
  turn.changed(step);
  if (delayMs === 0) return queue(turn, step);
  step.dueAt = turn.now + delayMs;
  turn.timer(backoffKey(step), step.dueAt);
  setBusy(turn.run, step, delayMs > LONG_WAIT_MS ? "" : "backoff");
}

/** A wait set for longer than this suspends a run that has nothing else to do. */
export const LONG_WAIT_MS = 30_000;

export function backoffKey(step: StepState): string {
  return `backoff:${step.plan.id}`;
}

/** Puts a step in line to be started. */
export function queue(turn: Turn, step: StepState): void {
  setBusy(turn.run, step, "queued");
  turn.run.ready.push(step.plan.index);
}

function applyStrategy(turn: Turn, step: StepState, error: ErrorObject): void {
  const { plan } = step;
  const strategy = step.detail.forced ? null : plan.onError;
  const fallback = plan.fallback === null ? null : turn.run.steps[plan.fallback]!;
  if (strategy) {
    turn.eventWith("error_handler_invoked", plan.id, handlerPayload(step, error, fallback));
  }
  if (strategy === "ignore") {
    turn.eventWith("step_ignored", plan.id, handlerPayload(step, error, fallback));
    return skipStep(turn, step, "error_ignored");
  }
  const handled = strategy === "fallback_step" && fallback && !isUnhandled(turn, fallback);
  if (handled) {
    turn.eventWith("step_fallback", plan.id, {
      original_step: plan.id,
      fallback_step: fallback.plan.id,
      original_error: error as unknown as Json,
    });
  }
  release(step, "failed");
  endStep(turn, step, "failed");
  turn.eventWith("step_failed", plan.id, {
    error: error as unknown as Json,
    attempt: step.attempt,
    duration_ms: step.durationMs,
  });
  if (handled) return callFallback(turn, step, fallback);
  if (isHook(step)) return;
  failRun(turn, workflowError(step, error));
  if (strategy === "fail_workflow") abortOthers(turn, step);
}

function handlerPayload(step: StepState, error: ErrorObject, fallback: StepState | null): Json {
  return {
    strategy: step.plan.onError,
    step_id: step.plan.id,
    error: error as unknown as Json,
    fallback: fallback?.plan.id ?? null,
  };
}

/** Runs the fallback unless it already ran; the failed step is settled once it has. */
function callFallback(turn: Turn, step: StepState, fallback: StepState): void {
  if (fallback.settled) return satisfy(turn, step);
  if (fallback.status === "pending" && fallback.busy === "") queue(turn, fallback);
}

/** Whether the step failed and no fallback of it did or may still take over. */
export function isUnhandled(turn: Turn, step: StepState): boolean {
  if (step.status !== "failed" || isHook(step)) return false;
  if (step.detail.forced || step.plan.fallback === null) return true;
  return isUnhandled(turn, turn.run.steps[step.plan.fallback]!);
}

export function isHook(step: StepState): boolean {
  return step.plan.role === "on_complete" || step.plan.role === "on_error";
}

/** The error that a failed step contributes to its run; the original stays in `details.cause`. */
export function workflowError(step: StepState, cause: ErrorObject): ErrorObject {
  const { retry } = step.plan;
  const details = { cause: cause as unknown as Json };
  const step_id = step.plan.id;
  if (!isRetryable(cause)) {
    return { code: "NON_RETRYABLE", message: cause.message, details, step_id };
  }
  if (retry && retry.max > 0 && step.retries >= retry.max) {
    const message = `retries exhausted after ${step.retries + 1} attempts: ${cause.message}`;
    return { code: "RETRY_EXHAUSTED", message, details, step_id };
  }
  return { code: "STEP_FAILED", message: `[${cause.code}] ${cause.message}`, details, step_id };
}

/** Notes the run's failure (the first counts); what has started finishes, nothing else starts. */
export function failRun(turn: Turn, error: ErrorObject): void {
  const { run } = turn;
  if (run.failure) return;
  run.failure = error;
  for (const step of run.steps) {
    if (step.busy === "queued" && step.status === "pending") {
      release(step, "workflow_failed");
      setBusy(run, step, "");
    } else if (step.status === "retrying") {
      // Its backoff would hold the failure up: its last error stands.
      turn.timer(backoffKey(step), null);
      applyStrategy(turn, step, step.error!);
    } else if (step.busy === "" && step.status === "suspended") {
      skipStep(turn, step, "workflow_failed");
    }
  }
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
    turn.timer(backoffKey(step), null);
    step.dueAt = null;
  }
  leaveChild(turn, step);
  step.attemptInFlight = null;
  step.status = status;
  step.completedAt = turn.now;
  step.durationMs = step.startedAt === null ? null : turn.now - step.startedAt;
  setBusy(turn.run, step, "");
  turn.run.revived.delete(step);
  delete step.detail.revived;
  turn.changed(step);
  turn.settled.push(step);
}

/** The step is settled: frees what depends on it and what it was the last to need. */
function satisfy(turn: Turn, step: StepState): void {
  if (step.settled || isHook(step)) return;
  const { run } = turn;
  step.settled = true;
  run.unsettled--;
  for (const index of step.plan.dependents) {
    const dependent = run.steps[index]!;
    if (--run.openDependencies[index]! > 0 || dependent.plan.role !== "step") continue;
    if (dependent.status === "pending" && dependent.busy === "") queue(turn, dependent);
  }
  for (const index of step.plan.triggers) {
    const trigger = run.steps[index]!;
    if (trigger.status === "failed" && !trigger.detail.forced) satisfy(turn, trigger);
  }
  if (step.plan.fallback !== null) dropFallback(turn, run.steps[step.plan.fallback]!);
}

/** Skips a fallback that no step can call any more. */
function dropFallback(turn: Turn, fallback: StepState): void {
  if (fallback.settled || fallback.status !== "pending" || fallback.busy !== "") return;
  const needless = fallback.plan.triggers.every((index) => turn.run.steps[index]!.settled);
  if (needless) skipStep(turn, fallback, "fallback_not_needed");
}
