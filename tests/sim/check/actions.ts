// Whether action steps ended as their actions do: with that output, or with that error.

import { isDeepStrictEqual } from "node:util";
import type { ErrorObject } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { type SimOutcome, simOutcome } from "../outcome.ts";
import type { Evidence } from "./evidence.ts";
import { attempt, guardFails } from "./guards.ts";
import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { Place } from "./places.ts";
import { contextChange, resolveTokens } from "./scope.ts";

/** Ends of an attempt. */
const FAILURES: ReadonlySet<string> = new Set([
  "step_failed",
  "step_ignored",
  "step_retry_attempt",
]);

export function checkActions(history: History): string[] {
  return history.events.flatMap((event) => {
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (place?.type !== "action") return [];
    const problem = event.type === "step_completed"
      ? wrongOutput(history, event, place)
      : FAILURES.has(event.type)
      ? wrongError(history, event, place)
      : undefined;
    return problem ? [`event ${event.seq} (${event.type} ${place.id}): ${problem}`] : [];
  });
}

function wrongOutput(history: History, event: LogEvent, place: Place): string | undefined {
  const output = event.data.output!;
  const { action } = place.step;
  const expected = (value: Json) =>
    isDeepStrictEqual(output, value)
      ? undefined
      : `its output is ${JSON.stringify(output)} instead of ${JSON.stringify(value)}`;
  switch (action) {
    case "workflow.run": {
      const children = childrenOf(history, event, place)
        .filter(({ record }) => record.run.status === "completed");
      if (children.length === 0) return "it has no child that completed";
      const wrong = children.map((child) =>
        wrongParams(history, event, place, child) ??
          expected(JSON.parse(child.record.output ?? "null") as Json)
      );
      return wrong.includes(undefined) ? undefined : wrong[0];
    }
    case "workflow.emit":
      return expected({ emitted: true });
    case "workflow.context":
      return expected({ updated: true, workflow_id: history.evidence.record.run.id });
    case "workflow.fail":
      return "workflow.fail never completes";
  }
  const outcomes = outcomesOf(history, event, place);
  const results = outcomes.filter((one) => one?.kind === "result").map((one) => one.output);
  if (results.length === 0) return "its action does not succeed in this attempt";
  return results.some((one) => isDeepStrictEqual(output, one)) ? undefined : expected(results[0]!);
}

function wrongError(history: History, event: LogEvent, place: Place): string | undefined {
  const { code } = event.data.error as unknown as ErrorObject;
  const state = history.step(place.id, event.seq);
  if (state.status === "retrying") {
    const isLast = isDeepStrictEqual(state.error, event.data.error);
    return isLast || code === "TIMEOUT_ERROR"
      ? undefined
      : "it fails with another error than before";
  }
  const started = history.last(place.id, "step_started", event.seq)!;
  const view = { history, list: place.list, seq: started.seq };
  const hasLimit = place.step.timeout !== undefined || place.role === "hook" ||
    history.evidence.definition.timeout !== undefined;
  if (code === "TIMEOUT_ERROR") return hasLimit ? undefined : "nothing limits its time";
  if (guardFails(place.step, view)) {
    return code === "EXECUTION_ERROR" ? undefined : `its guard fails, but the error is ${code}`;
  }
  if (code === "INTERPOLATION_ERROR" && resolvedParams(history, event, place).includes(undefined)) {
    return undefined;
  }
  switch (place.step.action) {
    case "workflow.run": {
      // A failed child may have been revived since.
      const hasFailed = childrenOf(history, event, place).some(({ record }) =>
        // When it did by its clock says little: the clock may have been set back meanwhile.
        record.events.some(({ type }) =>
          type === "workflow_failed" || type === "workflow_cancelled"
        )
      );
      return hasFailed ? undefined : "none of its children has failed";
    }
    case "workflow.fail":
      return code === "NON_RETRYABLE" ? undefined : `workflow.fail fails with ${code}`;
    case "workflow.emit":
    case "workflow.context":
      return `${place.step.action} fails with ${code}`;
  }
  const fits = outcomesOf(history, event, place)
    .some((one) => one?.kind === "error" && one.code === code);
  return fits ? undefined : `its action does not fail with ${code} in this attempt`;
}

/**
 * What the action may have done in the attempt that ended: params are resolved when it is called,
 * some time after it was started, and signals may change the context meanwhile. Undefined stands
 * for params that cannot be resolved.
 */
function outcomesOf(
  history: History,
  event: LogEvent,
  place: Place,
): (SimOutcome | undefined)[] {
  const number = history.step(place.id, event.seq).attempt;
  return resolvedParams(history, event, place).map((params) =>
    params === undefined ? undefined : simOutcome(params, number)
  );
}

/** The step's params as they were at its start, and as they became until the event. */
function resolvedParams(
  history: History,
  event: LogEvent,
  place: Place,
): (JsonObject | undefined)[] {
  const started = startOf(history, event, place);
  const moments = history.events.filter((one) =>
    one.seq > started.seq && one.seq < event.seq &&
    (one.type === "signal_received" || contextChange(history, one) !== undefined)
  );
  const seqs = [started.seq, ...moments.map(({ seq }) => seq + 1)];
  const resolved = seqs.map((seq) =>
    attempt(() => resolveTokens(place.step.params ?? {}, { history, list: place.list, seq }))
  );
  return resolved as (JsonObject | undefined)[];
}

/** The start of the attempt that the event is about. */
function startOf(history: History, event: LogEvent, place: Place): LogEvent {
  return history.eventsOf(place.id).findLast(({ type, data, seq }) =>
    type === "step_started" && data.resumed !== true && seq < event.seq
  )!;
}

/** The children that the step may have started in the attempt that the event is about. */
function childrenOf(history: History, event: LogEvent, place: Place): Evidence[] {
  const { runNo } = history.evidence.record.run;
  const started = startOf(history, event, place);
  const idOf = ({ seq }: LogEvent) => history.evidence.record.events[seq - 1]!.id;
  return Object.values(history.evidence.children).filter(({ record: { run, events } }) => {
    if (run.parentRunNo !== runNo || run.parentStepId !== place.id) return false;
    // A clock that was set back makes times lie; the order of commits does not.
    const first = events[0]?.id ?? 0;
    return (run.createdAt >= started.at && run.createdAt <= event.at) ||
      (first > idOf(started) && first < idOf(event));
  });
}

function wrongParams(
  history: History,
  event: LogEvent,
  place: Place,
  { record: { run } }: Evidence,
): string | undefined {
  const given = JSON.parse(run.params) as Json;
  const fits = resolvedParams(history, event, place)
    .some((params) => params && isDeepStrictEqual(given, params.params ?? {}));
  return fits ? undefined : `its child has the params ${run.params}`;
}
