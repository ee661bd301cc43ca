// Which events of a run are told while it goes on, and in which words.

import type { ErrorObject } from "../core/errors.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { EventReport } from "../engine/api.ts";
import { asCalled } from "./hint.ts";
import { leftUndone } from "../engine/verbs/left-undone.ts";
import { stepLine, visible } from "./print.ts";
import { generalId } from "./step-rows.ts";

const SETTLED: Readonly<Record<string, string>> = {
  step_completed: "completed",
  step_failed: "failed",
  step_ignored: "ignored",
  step_skipped: "skipped",
  step_suspended: "suspended",
  step_retry_attempt: "retrying",
};

/** Lines about one step in many iterations or branches, for each of its states. */
const MOST_ALIKE = 5;

/** Tells the events of one run, in their order; what repeats itself only a few times. */
export function createProgress(terminal: boolean): (event: EventReport) => string | undefined {
  const told = new Map<string, number>();
  const cut = new Set<string>();
  return (event) => {
    const line = progressLine(event, terminal);
    const id = event.step_id ?? "";
    const general = generalId(id);
    if (line === undefined || general === id) return line;
    const kind = `${event.event_type} ${general}`;
    const count = (told.get(kind) ?? 0) + 1;
    told.set(kind, count);
    if (count <= MOST_ALIKE) return line;
    const status = SETTLED[event.event_type] ?? "running";
    // Once for each step, however many of its states repeat themselves.
    if (cut.has(general)) return undefined;
    cut.add(general);
    return `${stepLine({ id: general, status }, terminal)} … more such steps are not shown`;
  };
}

/**
 * The line of an event that settles a step, lets it wait, or begins it again after an attempt that
 * may have had its effect; undefined for all others.
 */
export function progressLine(event: EventReport, terminal: boolean): string | undefined {
  const payload = isObject(event.payload) ? event.payload : {};
  if (event.event_type === "step_started" && payload.interrupted === true) {
    return stepLine({ id: event.step_id!, status: "running" }, terminal) + ` (again: attempt ` +
      `${payload.attempt}, the one before was interrupted and may have had its effect)`;
  }
  const status = SETTLED[event.event_type];
  if (status === undefined || event.step_id === undefined) return;
  const time = payload.duration_ms;
  if (status === "retrying") {
    const { attempt, max_attempts, delay_ms } = payload;
    const when = delay_ms ? `in ${formatMs(Number(delay_ms))}` : "at once";
    return `${stepLine({ id: event.step_id, status, error: errorOf(payload) }, terminal)}` +
      ` (retry ${attempt} of ${max_attempts} ${when})`;
  }
  // Told already, with its error.
  if (payload.reason === "error_ignored" && !payload.kept) return;
  const line = stepLine({
    id: event.step_id,
    status,
    durationMs: typeof time === "number" ? time : undefined,
    error: errorOf(payload),
  }, terminal);
  if (payload.kept) return `${line} (kept)`;
  const undone = status === "completed"
    ? leftUndone({ status, output: payload.output }, visible)
    : undefined;
  if (undone !== undefined) return `${line} (${undone})`;
  return status === "skipped" ? line + whySkipped(payload) : line;
}

function whySkipped({ reason, condition }: JsonObject): string {
  if (typeof reason !== "string") return "";
  if (reason !== "condition_false") return ` (${visible(reason.replaceAll("_", " "))})`;
  return ` (not: ${visible(String(condition))})`;
}

function errorOf(payload: JsonObject): ErrorObject | undefined {
  if (!isObject(payload.error)) return undefined;
  const error = { ...payload.error } as unknown as ErrorObject;
  // The line begins with the step.
  delete error.step_id;
  return { ...error, message: asCalled(error.message) };
}

function formatMs(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
