// Whether the rows of a run say what its log says.

import { isDeepStrictEqual } from "node:util";
import type { ErrorObject } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { foldEvents } from "../../support/fold.ts";
import type { StoredStep } from "../../../engine/store/store.ts";
import { END, type History } from "./history.ts";
import { contextChange } from "./scope.ts";

export function checkRows(history: History): string[] {
  return [
    ...checkRunRow(history),
    ...checkStepRows(history),
    ...checkFold(history),
    ...checkContextRow(history),
  ];
}

function checkRunRow(history: History): string[] {
  const found: string[] = [];
  const { run, output } = history.evidence.record;
  const status = history.runStatus(END);
  if (run.status !== status) found.push(`the run's row is ${run.status}, its log says ${status}`);
  const completed = history.events.findLast(({ type }) => type === "workflow_completed");
  const expected = status === "completed" ? completed!.data.output ?? null : undefined;
  if (!isDeepStrictEqual(parsed(output), expected)) {
    found.push(`the run's row has the output ${output}, its log says ${shown(expected)}`);
  }
  if (status === "failed") {
    const failed = history.events.findLast(({ type }) => type === "workflow_failed")!;
    if (!isDeepStrictEqual(parsed(run.error), failed.data.error)) {
      found.push(`the run's row has the error ${run.error}, its log ${shown(failed.data.error)}`);
    }
  } else if (status !== "cancelled" && run.error !== null) {
    found.push(`a run that is ${status} has the error ${run.error}`);
  }
  const isOver = ["completed", "failed", "cancelled"].includes(status);
  if (isOver !== (run.completedAt !== null)) found.push(`completed_at does not fit ${status}`);
  if ((status === "active") !== (run.activeSince !== null)) {
    found.push(`active_since does not fit a run that is ${status}`);
  }
  return found;
}

function checkStepRows(history: History): string[] {
  const found: string[] = [];
  const rows = new Map(history.evidence.record.steps.map((row) => [row.stepId, row]));
  for (const id of history.stepIds) {
    const row = rows.get(id);
    if (row) found.push(...checkStepRow(row, history));
    else if (!isBehind(history, id)) found.push(`step ${id} is in the log and has no row`);
  }
  for (const id of rows.keys()) {
    if (history.states(id).length === 0) found.push(`step ${id} has a row and is not in the log`);
  }
  return found;
}

function checkStepRow(row: StoredStep, history: History): string[] {
  const state = history.step(row.stepId, END);
  const found: string[] = [];
  const compare = (what: string, inRow: unknown, inLog: unknown) => {
    if (isDeepStrictEqual(inRow, inLog)) return;
    found.push(`step ${row.stepId}: its row has ${what} ${shown(inRow)}, its log ${shown(inLog)}`);
  };
  compare("status", row.status, state.status);
  compare("attempt", row.attempt, state.attempt);
  compare("retries", row.retries, state.retries);
  compare("output", parsed(row.output), state.output);
  if (state.status === "failed") compare("error", parsed(row.error), state.error);
  if (state.status === "completed") {
    compare("output_seq", row.outputSeq, outputSeqOf(row.stepId, history));
  }
  const isOver = ["completed", "failed", "skipped"].includes(state.status);
  compare("an end", row.completedAt !== null, isOver);
  return found;
}

/** Whether the step, or one around it, was put back in a step that is kept: then it has no part in this run. */
function isBehind(history: History, id: string): boolean {
  if (history.origin === null || history.step(id, END).seq > 0) return false;
  return [...history.stepIds].some((other) => {
    const { seq, status } = history.step(other, END);
    return seq === 0 && status === "pending" && (id === other || id.startsWith(`${other}.`));
  });
}

/** The event of the run's own log that holds the output of a step that has completed. */
function outputSeqOf(id: string, history: History): number {
  const { seq } = history.last(id, "step_completed", END)!;
  return seq > 0 ? seq : history.origin!.kept.get(id)!;
}

/** The engine's own fold has to come to the same. */
function checkFold(history: History): string[] {
  const { record } = history.evidence;
  const folded = foldEvents(record.events);
  const found: string[] = [];
  const status = history.runStatus(END);
  if (folded.status !== status) found.push(`the fold says ${folded.status}, the log ${status}`);
  for (const id of history.stepIds) {
    if (isBehind(history, id)) continue;
    const state = history.step(id, END);
    const step = folded.steps.get(id);
    const isSame = step && step.status === state.status && step.attempt === state.attempt &&
      step.retries === state.retries && isDeepStrictEqual(step.output, state.output);
    if (!isSame) found.push(`step ${id}: the fold differs from the log`);
  }
  return found;
}

/** Keys that the context row must have; what merged into it before it was stored may be more. */
function checkContextRow(history: History): string[] {
  const { context } = history.evidence.record;
  const data = JSON.parse(context?.data ?? "{}") as Record<string, Json>;
  const merged: Record<string, Json> = {};
  for (const event of history.events) Object.assign(merged, contextChange(history, event));
  return Object.entries(merged)
    .filter(([key, value]) => !isDeepStrictEqual(data[key], value))
    .map(([key, value]) => `context.${key} is ${shown(data[key])}, the log says ${shown(value)}`);
}

function parsed(text: string | null): Json | ErrorObject | undefined {
  return text === null ? undefined : JSON.parse(text);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
