// Whether accepted signals were such as may be accepted, and did what they are for.

import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../../../core/json.ts";
import { END, type History, ids } from "./history.ts";
import type { LogEvent } from "./past.ts";
import { interruptedSteps } from "./interrupted.ts";

export function checkSignals(history: History): string[] {
  return history.events.flatMap((event) => {
    if (event.type !== "signal_received") return [];
    const check = CHECKS[event.data.type as string];
    const problems = check ? check(history, event) : ["it is of no known type"];
    return problems.map((problem) =>
      `event ${event.seq} (signal_received ${event.data.type} ${
        event.data.step_id ?? ""
      }): ${problem}`
    );
  });
}

type Check = (history: History, event: LogEvent) => string[];

const CHECKS: Record<string, Check> = {
  decision(history, event) {
    const asked = pendingAt(history, event.seq).filter((id) => isNamed(id, event.data.step_id));
    if (asked.length === 0) return ["no decision was pending there"];
    const resolved = following(history, event).find(({ type }) => type === "decision_resolved");
    if (!resolved || !asked.includes(resolved.stepId!)) return ["no decision_resolved follows"];
    const { choice, data } = event.data.payload as JsonObject;
    const fits = isDeepStrictEqual(
      [choice, data, event.data.reasoning],
      [resolved.data.choice, resolved.data.data, resolved.data.reasoning],
    );
    return fits ? [] : ["another decision was taken"];
  },

  data(history, event) {
    if (isOver(history, event.seq)) return ["the run was over"];
    const payload = (event.data.payload ?? {}) as JsonObject;
    const set = following(history, event).filter(({ type }) => type === "variable_set")
      .map(({ data }) => [data.key, data.value]);
    const expected = Object.entries(payload);
    const fits = isDeepStrictEqual(set.toSorted(), expected.toSorted());
    return fits ? [] : ["no variable_set of each key follows"];
  },

  cancel(history, event) {
    if (isOver(history, event.seq)) return ["the run was over"];
    const follows = following(history, event).some(({ type }) => type === "workflow_cancelled");
    return follows ? [] : ["no workflow_cancelled follows"];
  },

  retry(history, event) {
    const { step_id: id, reset, renewed } = event.data;
    const { status } = history.step(id as string, event.seq);
    if (status !== "failed" && !isInterruptedStep(history, event)) return [`${id} was ${status}`];
    const named = [...ids(reset), ...ids(renewed)];
    return named.includes(id as string) ? [] : ["it neither resets nor renews its step"];
  },

  skip(history, event) {
    const { step_id: id } = event.data;
    const { status } = history.step(id as string, event.seq);
    // In a run that waits also what has yet to begin, or to begin again.
    const isLeftOver = (status === "pending" || status === "retrying") &&
      history.runStatus(event.seq) !== "active";
    const maySkip = status === "failed" || status === "suspended" || isLeftOver ||
      isInterruptedStep(history, event);
    if (!maySkip) return [`${id} was ${status}`];
    const skipped = following(history, event).some(({ type, stepId }) =>
      type === "step_skipped" && stepId === id
    );
    return skipped ? [] : ["no step_skipped follows"];
  },
};

function isOver(history: History, seq: number): boolean {
  return ["completed", "failed", "cancelled"].includes(history.runStatus(seq));
}

/** The event itself already answers for the step, so the moment before it counts. */
function isInterruptedStep(history: History, { seq, data }: LogEvent): boolean {
  const isOpen = ["running", "retrying"].includes(history.step(data.step_id as string, seq).status);
  const isTimedOut = history.events.some((one) =>
    one.type === "workflow_timed_out" && one.seq < seq
  );
  return interruptedSteps(history, seq).includes(data.step_id as string) ||
    (isOpen && isTimedOut && history.runStatus(seq) === "suspended");
}

/** Steps whose question had no answer before the event. */
function pendingAt(history: History, seq: number): string[] {
  return [...history.stepIds].filter((id) => {
    const asked = history.last(id, "decision_requested", seq);
    return asked && history.step(id, seq).status === "suspended" &&
      !history.last(id, "decision_resolved", seq, asked.seq);
  });
}

function isNamed(id: string, name: Json | undefined): boolean {
  return name === undefined || name === "" || id === name || id.endsWith(`.${name}`);
}

/** Events up to the next signal. */
function following(history: History, { seq }: LogEvent): LogEvent[] {
  const next = history.events.find((event) => event.seq > seq && event.type === "signal_received");
  return history.events.filter((event) => event.seq > seq && event.seq < (next?.seq ?? END));
}
