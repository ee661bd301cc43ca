// How a step waits for a time, for a signal, or for a signal with a time limit.

import { parseDuration } from "../../../core/duration.ts";
import { OpcodeError, toErrorObject } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { plainText } from "../../../core/text.ts";
import type { SignalRequest } from "../../api.ts";
import type { WaitPlan } from "../../definition/plan.ts";
import type { CompiledValue } from "../../interpolate/compile.ts";
import { resolve } from "../../interpolate/resolve.ts";
import { failStep } from "../fail.ts";
import { namesWait, takeKept } from "../kept-signals.ts";
import { scopeFor } from "../scope.ts";
import { LONG_WAIT_MS, timerKey } from "../line.ts";
import { completeStep } from "../settle.ts";
import { noteStart } from "../note-start.ts";
import { everyStep, isUnderWay, type RunState, setBusy, type StepState } from "../state.ts";
import { armTimeout } from "../step-timeout.ts";
import { suspendStep } from "../rouse.ts";
import type { Turn } from "../turn.ts";
import { signalOf } from "../unsealed.ts";
import type { StepType } from "./type.ts";

function begin(turn: Turn, step: StepState): void {
  const flow = step.plan.flow as WaitPlan;
  const duration = text(turn, step, flow.duration);
  const signal = text(turn, step, flow.signal);
  const delayMs = duration === null ? null : Math.ceil(durationOf(duration));
  noteStart(turn, step);
  turn.eventWith("wait_started", step.id, { duration, signal });
  if (signal !== null) step.detail.signal = signal;
  step.sealedSignal = null;
  const kept = flow.keeps && signal !== null ? takeKept(turn, step) : undefined;
  if (kept) return endWait(turn, step, { signal: signal!, payload: kept }, `{"kept":true}`);
  if (delayMs !== null) {
    step.detail.delayMs = delayMs;
    if (delayMs === 0 && signal === null) return endWait(turn, step, { waited: 0 });
    step.dueAt = turn.now + delayMs;
    turn.timer(timerKey(step), step.dueAt);
  }
  armTimeout(turn, step);
  if (isLong(step)) suspendStep(turn, step, "waiting");
  else setBusy(turn.run, step, "timer");
}

function text(turn: Turn, step: StepState, value: CompiledValue | null): string | null {
  return value && plainText(resolve(value, scopeFor(turn.run, step)));
}

function durationOf(duration: string): number {
  try {
    return parseDuration(duration);
  } catch (thrown) {
    throw new OpcodeError("VALIDATION_ERROR", `config.duration: ${(thrown as Error).message}`, {
      details: { field: "config.duration" },
    });
  }
}

/** Whether the run may count as suspended meanwhile. */
function isLong({ detail }: StepState): boolean {
  return detail.signal !== undefined || detail.delayMs! > LONG_WAIT_MS;
}

/** Takes the waiting up again after the run was loaded; its timer is a row and fires by itself. */
function waitAgain(turn: Turn, step: StepState): void {
  if (step.dueAt !== null && step.dueAt <= turn.now) waitIsOver(turn, step);
  else if (!isLong(step)) setBusy(turn.run, step, "timer");
}

/** The time of the wait is over. */
function waitIsOver(turn: Turn, step: StepState): void {
  if (step.detail.signal === undefined) {
    return endWait(turn, step, { waited: step.detail.delayMs! });
  }
  let signal: string;
  try {
    signal = signalOf(step);
  } catch (thrown) {
    return failStep(turn, step, toErrorObject(thrown));
  }
  endWait(turn, step, { signal, timed_out: true });
}

/**
 * The waits that a data signal meets: by the full id of one, else by short id or signal name. One
 * for a step that does not wait, or no more, meets none. Throws VAULT_ERROR when the signal of one
 * that it may meet cannot be read.
 */
export function metWaits(run: RunState, request: SignalRequest): StepState[] {
  const { step_id, payload = {} } = request;
  const waiting = [...everyStep(run)].filter((step) =>
    step.plan.type === "wait" && step.detail.signal !== undefined && isUnderWay(step)
  );
  const met = waiting.filter((step) => namesWait(run, step, { stepId: step_id, payload }));
  met.forEach(signalOf);
  return met;
}

/** The signal that the step waits for has come. */
export function meetWait(turn: Turn, step: StepState, payload: JsonObject): void {
  endWait(turn, step, { signal: signalOf(step), payload });
}

function endWait(
  turn: Turn,
  step: StepState,
  output: JsonObject,
  payload: string | null = null,
): void {
  turn.event("wait_completed", step.id, payload);
  completeStep(turn, step, output);
}

export const wait: StepType = { begin, due: waitIsOver, waitAgain };
