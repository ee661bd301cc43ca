// Whether each question was asked once, and answered once, by somebody who may, in time.

import { isDeepStrictEqual } from "node:util";
import { parseDuration } from "../../../core/duration.ts";
import type { ErrorObject } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import type { ReasoningConfig } from "../../../engine/steps/reasoning.ts";
import type { StoredDecision } from "../../../engine/store/store.ts";
import { isFailure } from "./flows.ts";
import { guardFails } from "./guards.ts";
import { END, type History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { Place } from "./places.ts";

/** What stands in a decision that nobody took before its time was over. */
const BY_TIMEOUT = { reasoning: "timeout_auto_resolved", resolved_by: "system" };

export function checkDecisions(history: History): string[] {
  const { decisions } = history.evidence;
  return [
    ...decisions.flatMap((row) =>
      checkRow(history, row).map((problem) => `decision ${row.id} of ${row.stepId}: ${problem}`)
    ),
    ...checkAsked(history),
    ...history.events.flatMap((event) => {
      const place = event.stepId === null ? undefined : history.book.find(event.stepId);
      if (place?.type !== "reasoning") return [];
      return checkEvent(history, event, place)
        .map((problem) => `event ${event.seq} (${event.type} ${place.id}): ${problem}`);
    }),
  ];
}

function configOf({ step }: Place): ReasoningConfig {
  return step.config as ReasoningConfig;
}

/** How long may be taken for it, ms: by its config or as a step; of both, the shorter. */
function limitOf({ step }: Place): number | null {
  const { timeout } = step.config as ReasoningConfig;
  const limits = [timeout, step.timeout].filter((limit) => limit !== undefined).map(parseDuration);
  return limits.length === 0 ? null : Math.min(...limits);
}

function checkRow(history: History, row: StoredDecision): string[] {
  const place = history.book.find(row.stepId);
  const asked = history.events[row.requestedSeq - 1];
  if (place?.type !== "reasoning") return ["its step is no reasoning step"];
  if (asked?.type !== "decision_requested" || asked.stepId !== row.stepId) {
    return [`event ${row.requestedSeq} does not ask for it`];
  }
  const config = configOf(place);
  const found: string[] = [];
  const expect = (what: string, actual: unknown, expected: unknown) => {
    if (isDeepStrictEqual(actual, expected)) return;
    found.push(`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  };
  expect("options", optionIds(JSON.parse(row.options) as Json), optionIds(config.options ?? []));
  expect("target", row.targetAgentId ?? "", config.target_agent ?? "");
  expect("fallback", row.fallback, config.fallback ?? null);
  const limit = limitOf(place);
  expect("timeout_at", row.timeoutAt, limit === null ? null : asked.at + limit);
  found.push(...CHECKS[row.status](history, row, asked));
  return found;
}

function optionIds(options: Json): string[] {
  return (options as unknown as { id: string }[]).map(({ id }) => id);
}

type RowCheck = (history: History, row: StoredDecision, asked: LogEvent) => string[];

const CHECKS: Record<StoredDecision["status"], RowCheck> = {
  pending(history, row) {
    const found: string[] = [];
    const { status, seq } = history.step(row.stepId, END);
    if (status !== "suspended") found.push(`it is pending, its step is ${status}`);
    if (seq < row.requestedSeq) found.push("its step suspended before it was asked");
    const run = history.runStatus(END);
    if (!["active", "suspended"].includes(run)) found.push(`it is pending in a ${run} run`);
    if (row.resolvedSeq !== null) found.push("it is pending and resolved");
    return found;
  },

  resolved(history, row) {
    const event = history.events[(row.resolvedSeq ?? 0) - 1];
    if (event?.type !== "decision_resolved" || event.stepId !== row.stepId) {
      return [`event ${row.resolvedSeq} does not resolve it`];
    }
    const found: string[] = [];
    if (event.data.resolved_by === BY_TIMEOUT.resolved_by) found.push("its time resolved it");
    if (row.timeoutAt !== null && event.at > row.timeoutAt) found.push("it was resolved too late");
    if ((row.resolvedBy ?? "") !== event.data.resolved_by) found.push("resolved_by differs");
    return found;
  },

  timed_out(history, row) {
    if (row.timeoutAt === null) return ["it timed out without a time limit"];
    const event = history.events.find(({ seq, stepId, type }) =>
      seq > row.requestedSeq && stepId === row.stepId &&
      (type === "decision_resolved" || type === "decision_requested" ||
        (type.startsWith("step_") && type !== "step_suspended"))
    );
    if (!event) return ["it timed out and nothing came of it"];
    if (event.at < row.timeoutAt - history.evidence.setBackMs) {
      return ["it timed out before its time"];
    }
    if (row.fallback === null) {
      return event.type === "decision_resolved" ? ["it has no fallback to be resolved with"] : [];
    }
    const expected = { choice: row.fallback, ...BY_TIMEOUT };
    if (event.type === "decision_resolved" && isDeepStrictEqual(event.data, expected)) return [];
    return ["it was not resolved with its fallback"];
  },

  cancelled(history, row) {
    const { status, seq } = history.step(row.stepId, END);
    const isOpen = status === "suspended" && seq > row.requestedSeq;
    const again = history.last(row.stepId, "decision_requested", END)!.seq > row.requestedSeq;
    return isOpen && !again ? ["it is cancelled and its step waits for it"] : [];
  },
};

/** Each question has one row, and no step has two questions open. */
function checkAsked(history: History): string[] {
  const { decisions } = history.evidence;
  const found: string[] = [];
  for (const event of history.events) {
    if (event.type !== "decision_requested") continue;
    const rows = decisions.filter(({ requestedSeq }) => requestedSeq === event.seq);
    if (rows.length !== 1) {
      found.push(`event ${event.seq} (decision_requested ${event.stepId}): ${rows.length} rows`);
    }
  }
  for (const id of new Set(decisions.map(({ stepId }) => stepId))) {
    const open = decisions.filter(({ stepId, status }) => stepId === id && status === "pending");
    if (open.length > 1) found.push(`${id} has ${open.length} pending decisions`);
    const resolved = decisions.flatMap(({ resolvedSeq }) => resolvedSeq ?? []);
    if (new Set(resolved).size < resolved.length) {
      found.push(`${id}: two decisions, one resolution`);
    }
  }
  return found;
}

function checkEvent(history: History, event: LogEvent, place: Place): string[] {
  const asked = history.last(place.id, "decision_requested", event.seq);
  const since = asked && history.last(place.id, "decision_resolved", event.seq, asked.seq);
  switch (event.type) {
    case "decision_requested":
      return history.step(place.id, event.seq).status === "running"
        ? []
        : ["its step is not running"];
    case "decision_resolved":
      if (!asked) return ["nothing was asked"];
      return since ? ["it was resolved already"] : checkChoice(history, event, place, asked);
    case "step_completed": {
      if (!since) return ["it completes without a decision"];
      const { via: _, ...answer } = since.data;
      return isDeepStrictEqual(event.data.output, answer) ? [] : ["its output is another decision"];
    }
    default:
      return isFailure(event) ? checkError(history, event, place, asked) : [];
  }
}

function checkChoice(
  history: History,
  event: LogEvent,
  place: Place,
  asked: LogEvent,
): string[] {
  const { choice, resolved_by: by } = event.data;
  const config = configOf(place);
  const found: string[] = [];
  if (typeof choice !== "string" || choice === "") found.push("it has no choice");
  else if (config.options?.length && !optionIds(config.options).includes(choice)) {
    found.push(`${choice} is no option`);
  }
  if (by === BY_TIMEOUT.resolved_by) return found;
  if (config.target_agent && by !== config.target_agent) found.push(`${by} may not decide it`);
  const signal = history.events.findLast((one) =>
    one.seq > asked.seq && one.seq < event.seq && one.type === "signal_received" &&
    one.data.type === "decision" && (one.data.payload as { choice?: Json })?.choice === choice
  );
  if (!signal) found.push("no signal chose it");
  return found;
}

/** Of itself a reasoning step only fails when its time is over and it has no fallback. */
function checkError(
  history: History,
  event: LogEvent,
  place: Place,
  asked: LogEvent | undefined,
): string[] {
  const error = event.data.error as unknown as ErrorObject;
  const started = history.last(place.id, "step_started", event.seq)!;
  if (guardFails(place.step, { history, list: place.list, seq: started.seq })) return [];
  const { fallback } = configOf(place);
  const limit = limitOf(place);
  const isDeadline = history.evidence.definition.timeout !== undefined || place.role === "hook";
  if (error.code !== "TIMEOUT_ERROR") return [`it fails with ${error.code}`];
  if (isDeadline) return [];
  if (limit === null || fallback !== undefined) return ["its time cannot fail it"];
  const isOver = asked &&
    event.at >= asked.at + limit - history.evidence.setBackMs;
  return isOver ? [] : ["its time is not over"];
}
