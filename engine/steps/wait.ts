// What a wait is: a step that waits for a time, for a signal, or for a signal with a time limit.

import { faultAt } from "../../core/fault-at.ts";
import { parseDuration } from "../../core/duration.ts";
import { toErrorObject } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";
import { CLOSED, LONGEST_NAME_TEMPLATE, type Rule } from "../definition/rule.ts";
import type { Report } from "../definition/report.ts";
import type { StepNode } from "../definition/node.ts";
import type { CompiledValue } from "../interpolate/compile.ts";
import { resolve } from "../interpolate/resolve.ts";
import { failStep } from "../transition/fail.ts";
import { takeKept } from "../signals/kept-signals.ts";
import { scopeFor } from "../state/scope.ts";
import { LONG_WAIT_MS, timerKey } from "../transition/line.ts";
import { completeStep } from "../transition/settle.ts";
import { noteStart } from "../transition/note-start.ts";
import { setBusy, type StepState } from "../state/state.ts";
import { armTimeout } from "../transition/step-timeout.ts";
import { suspendStep } from "../transition/rouse.ts";
import type { Turn } from "../transition/turn.ts";
import { signalOf } from "../state/unsealed.ts";
import type { StepType } from "./type.ts";

export interface WaitConfig {
  duration?: string;
  signal?: string;
  signals?: "keep";
}

const CONFIG: Rule & { title: string } = {
  ...CLOSED,
  title: "Wait",
  description: "Waits for a time, for a signal, or for a signal with a time limit.",
  properties: {
    duration: { $ref: "#/$defs/waitDuration" },
    signal: {
      description: "Name of the signal, matched by payload.signal or payload.name.",
      type: "string",
      minLength: 1,
      maxLength: LONGEST_NAME_TEMPLATE,
    },
    signals: {
      description: "keep: it also takes a signal that came since the run began, each once.",
      enum: ["keep"],
    },
  },
  anyOf: [{ required: ["duration"] }, { required: ["signal"] }],
};

function check({ step, path }: StepNode, { report }: { report: Report }): void {
  const { duration, signal, signals } = step.config as WaitConfig;
  if (signals !== undefined && signal === undefined) {
    report.warn(`${path}.config.signals`, "is ignored by a wait without signal");
  }
  const isFixed = duration !== undefined && signal === undefined && !duration.includes("${{");
  if (step.retry && isFixed && step.timeout === undefined) {
    report.warn(`${path}.retry`, "does nothing: a wait for a time does not fail");
  }
}

function checkInHook(
  { step, path }: StepNode,
  { limitMs, report }: { limitMs: number; report: Report },
): void {
  const { duration, signal } = step.config as WaitConfig;
  if (signal !== undefined) {
    report.error(`${path}.config.signal`, "a hook must not wait for a signal");
  }
  if (duration === undefined || duration.includes("${{")) return;
  if (parseDuration(duration) >= limitMs) {
    report.warn(`${path}.config.duration`, "is not shorter than the time limit of the hook");
  }
}

interface WaitPlan {
  duration: CompiledValue | null;
  signal: CompiledValue | null;
  /** Whether it takes what came since the run began. */
  keeps: boolean;
}

function label({ duration, signal }: WaitConfig): string {
  if (signal === undefined) return `wait ${duration}`;
  return `signal ${signal}${duration === undefined ? "" : `, at most ${duration}`}`;
}

function begin(turn: Turn, step: StepState): void {
  const flow = step.plan.config as WaitPlan;
  const duration = text(turn, step, flow.duration);
  const signal = text(turn, step, flow.signal);
  const delayMs = duration === null ? null : Math.ceil(durationOf(duration));
  noteStart(turn, step);
  turn.eventWith("wait_started", step.id, { duration, signal });
  step.sealedSignal = null;
  if (signal !== null) {
    step.row.detail.signal = signal;
    turn.run.waits.add(step, signal);
  }
  const kept = flow.keeps && signal !== null ? takeKept(turn, step) : undefined;
  if (kept) return endWait(turn, step, { signal: signal!, payload: kept }, `{"kept":true}`);
  if (delayMs !== null) {
    step.row.detail.delayMs = delayMs;
    if (delayMs === 0 && signal === null) return endWait(turn, step, { waited: 0 });
    step.row.dueAt = turn.now + delayMs;
    turn.timer(timerKey(step), step.row.dueAt);
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
    throw faultAt("config.duration", (thrown as Error).message);
  }
}

/** Whether the run may count as suspended meanwhile. */
function isLong({ row: { detail } }: StepState): boolean {
  return detail.signal !== undefined || detail.delayMs! > LONG_WAIT_MS;
}

/** Takes the waiting up again after the run was loaded; its timer is a row and fires by itself. */
function waitAgain(turn: Turn, step: StepState): void {
  if (step.row.dueAt !== null && step.row.dueAt <= turn.now) waitIsOver(turn, step);
  else if (!isLong(step)) setBusy(turn.run, step, "timer");
}

/** The time of the wait is over. */
function waitIsOver(turn: Turn, step: StepState): void {
  if (step.row.detail.signal === undefined) {
    return endWait(turn, step, { waited: step.row.detail.delayMs! });
  }
  let signal: string;
  try {
    signal = signalOf(step);
  } catch (thrown) {
    return failStep(turn, step, toErrorObject(thrown));
  }
  endWait(turn, step, { signal, timed_out: true });
}

/** The signal that the step waits for has come. */
function meet(turn: Turn, step: StepState, payload: JsonObject): void {
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

export const wait: StepType<WaitConfig> = {
  name: "wait",
  config: CONFIG,
  summary: "{duration} → {waited}; {signal, duration?, signals?: keep} → {signal, payload} or " +
    "{signal, timed_out}",
  check,
  checkInHook,
  expressions: ({ duration, signal }) => [
    { at: "duration", text: duration, language: "template" },
    { at: "signal", text: signal, language: "template" },
  ],
  outputs: ({ signal }) => signal === undefined ? ["waited"] : ["signal", "payload", "timed_out"],
  compile: ({ duration, signal, signals }, { template }): WaitPlan => ({
    duration: template(duration),
    signal: template(signal),
    keeps: signals === "keep",
  }),

  shape: "stadium",
  label,

  begin,
  due: waitIsOver,
  waitAgain,
  onlyWaits: true,
  meet,
  awaits: ({ keeps, signal }: WaitPlan) => signal === null ? undefined : { signal, keeps },
};
