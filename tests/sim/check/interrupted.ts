// Which steps an interruption left open, so that somebody has to answer for them.

import { END, type History, ids, OPEN } from "./history.ts";
import type { LogEvent } from "./past.ts";

/** Steps that the last interruption, or the run's own deadline, left for an answer. */
export function interruptedSteps(history: History, seq: number = END): string[] {
  if (history.runStatus(seq) !== "suspended") return [];
  const named = new Set<string>();
  for (const event of sinceActive(history, seq)) {
    switch (event.type) {
      case "workflow_interrupted":
        for (const id of ids(event.data.steps)) named.add(id);
        break;
      case "workflow_timed_out":
        for (const id of calling(history, event)) named.add(id);
        break;
      case "signal_received":
        // An answer for one step: it starts when all have one.
        for (const id of [...ids(event.data.renewed), ...ids(event.data.reset)]) named.delete(id);
        break;
      case "step_skipped":
        named.delete(event.stepId!);
        break;
    }
  }
  return [...named].filter((id) => OPEN.has(history.step(id, seq).status));
}

/** Whether the run waits for such answers, or was suspended by its deadline. */
export function isInterrupted(history: History, seq: number = END): boolean {
  return interruptedSteps(history, seq).length > 0 || isTimedOut(history, seq);
}

/** Whether the run was suspended because its time was over. */
export function isTimedOut(history: History, seq: number = END): boolean {
  return history.runStatus(seq) === "suspended" &&
    sinceActive(history, seq).some(({ type }) => type === "workflow_timed_out");
}

/** The events before `seq` since the run last became active. */
function sinceActive(history: History, seq: number): LogEvent[] {
  const active = history.run.findLast((state) => state.seq < seq && state.status === "active");
  return history.events.filter((event) => event.seq > (active?.seq ?? 0) && event.seq < seq);
}

/** Steps whose calls outside were under way and may not simply be made again. */
function calling(history: History, { seq }: LogEvent): string[] {
  return [...history.stepIds].filter((id) =>
    history.step(id, seq).status === "running" &&
    history.book.find(id)?.step.action === "sim.external"
  );
}
