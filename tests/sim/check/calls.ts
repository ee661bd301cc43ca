// Whether the world outside was touched only as the log says: once an attempt, and never unseen.

import { isSimAction, SIM_ACTIONS } from "../outcome.ts";
import type { Call } from "./evidence.ts";
import { END, type History, ids } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { Place } from "./places.ts";

export function checkCalls(history: History): string[] {
  const { calls } = history.evidence;
  const found: string[] = [];
  const byKey = new Map<string, Call>();
  for (const call of calls) {
    if (byKey.has(call.key)) found.push(`${call.key} was called twice`);
    byKey.set(call.key, call);
    found.push(...checkCall(history, call).map((problem) => `call ${call.key}: ${problem}`));
  }
  return [...found, ...checkCompleted(history, byKey), ...checkReruns(history)];
}

function checkCall(history: History, call: Call): string[] {
  const { id } = history.evidence.record.run;
  const place = history.book.find(call.stepId);
  if (call.key !== `${id}:${call.stepId}:${call.attempt}`) return ["its key is made wrong"];
  if (!place || !isExternal(place)) return ["its step calls nothing outside"];
  const started = startOf(history, call);
  if (!started) return ["its attempt was not recorded as started"];
  if (mayBeRepeated(history, place) || call.ended === "aborted" || call.ended === "open") return [];
  if (settledAfter(history, started)) return [];
  // Before the next process has looked, what the last one left is not reported yet.
  if (!history.evidence.final || isReported(history, started)) return [];
  return [`its outcome (${call.ended}) is lost and nobody was told`];
}

function startOf(history: History, { stepId, attempt }: Call): LogEvent | undefined {
  return history.eventsOf(stepId).find((event) =>
    event.type === "step_started" && event.data.attempt === attempt
  );
}

/** The event that says how this attempt ended. */
function settledAfter(history: History, { seq, stepId }: LogEvent): LogEvent | undefined {
  return history.eventsOf(stepId!).find((event) =>
    event.seq > seq &&
    /^step_(completed|failed|skipped|ignored|retry_attempt|started)$/.test(event.type)
  );
}

/** Whether an interruption, or the run's deadline, has named the step since it started. */
function isReported(history: History, { seq, stepId }: LogEvent, before: number = END): boolean {
  return history.events.some((event) =>
    event.seq > seq && event.seq < before &&
    (event.type === "workflow_timed_out" ||
      (event.type === "workflow_interrupted" && ids(event.data.steps).includes(stepId!)))
  );
}

function isExternal({ step }: Place): boolean {
  return isSimAction(step.action ?? "") &&
    SIM_ACTIONS[step.action as "sim.pure"].effects as string === "external";
}

/** Whether a restart may run the step again without asking. */
function mayBeRepeated({ evidence }: History, { step }: Place): boolean {
  return step.action !== "sim.external" ||
    (step.on_interrupt ?? evidence.definition.on_interrupt) === "resume";
}

/** A completed step outside was called exactly once in the attempt that completed it. */
function checkCompleted(history: History, byKey: Map<string, Call>): string[] {
  const { id } = history.evidence.record.run;
  return history.events.flatMap((event) => {
    if (event.type !== "step_completed") return [];
    const place = history.book.find(event.stepId!);
    if (!place || !isExternal(place)) return [];
    const { attempt } = history.step(place.id, event.seq);
    const ended = byKey.get(`${id}:${place.id}:${attempt}`)?.ended;
    if (ended === "result") return [];
    return [
      `event ${event.seq} (step_completed ${place.id}): its call ${ended ?? "was never made"}`,
    ];
  });
}

/** A running step is only started again after a stop; one that may not be repeated, when told to. */
function checkReruns(history: History): string[] {
  return history.events.flatMap((event) => {
    if (event.type !== "step_started") return [];
    const place = history.book.find(event.stepId!);
    if (!place || history.step(place.id, event.seq).status !== "running") return [];
    const where = `event ${event.seq} (step_started ${place.id})`;
    if (place.type !== "action") return [`${where}: a ${place.type} step starts while it runs`];
    if (mayBeRepeated(history, place)) return [];
    const before = history.last(place.id, "step_started", event.seq)!;
    if (isReported(history, before, event.seq)) return [];
    return [`${where}: it runs again and no interruption was reported`];
  });
}
