// Which steps an interruption left open, so that somebody has to answer for them.

import { END, type History, ids, OPEN } from "./history.ts";

/** Steps that the last interruption, or the run's own deadline, left for an answer. */
export function interruptedSteps(history: History, seq: number = END): string[] {
  if (history.runStatus(seq) !== "suspended") return [];
  const since = history.run.findLast((state) => state.seq < seq && state.status === "active")?.seq;
  const named = new Set<string>();
  for (const event of history.events) {
    if (event.seq < (since ?? 0) || event.seq >= seq) continue;
    if (event.type === "workflow_interrupted") {
      for (const id of ids(event.data.steps)) named.add(id);
    } else if (event.type === "signal_received") {
      // An answer for one step: it starts when all have one.
      for (const id of [...ids(event.data.renewed), ...ids(event.data.reset)]) named.delete(id);
    } else if (event.type === "step_skipped") named.delete(event.stepId!);
  }
  return [...named].filter((id) => OPEN.has(history.step(id, seq).status));
}

/** Whether the run waits for such answers, or was suspended by its deadline. */
export function isInterrupted(history: History, seq: number = END): boolean {
  return interruptedSteps(history, seq).length > 0 || isTimedOut(history, seq);
}

/** Whether the run was suspended because its time was over. */
export function isTimedOut(history: History, seq: number = END): boolean {
  const suspended = history.run.findLast((state) => state.seq < seq);
  if (suspended?.status !== "suspended") return false;
  const active = history.run.findLast((state) => state.seq < seq && state.status === "active");
  return history.events.some((event) =>
    event.type === "workflow_timed_out" && event.seq > (active?.seq ?? 0) && event.seq < seq
  );
}
