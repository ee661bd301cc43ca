// What a sender of signals can see of a run: who waits for what, and what went wrong.

import type { WaitConfig } from "../../../engine/steps/wait.ts";
import { END, History, OPEN } from "../check/history.ts";
import { interruptedSteps, isTimedOut } from "../check/interrupted.ts";
import type { Evidence } from "../check/evidence.ts";
import type { RunView } from "./signals.ts";

/** The view of one run, from committed rows alone. */
export function viewOf(
  evidence: Pick<Evidence, "definition" | "record"> & { decisions?: Evidence["decisions"] },
): RunView {
  const { record } = evidence;
  const decisions = evidence.decisions ?? record.decisions.map((row) => ({
    ...row,
    runId: record.run.id,
    context: "null",
    contextCut: false,
    resolution: null,
  }));
  const history = new History({
    timers: [],
    calls: [],
    now: 0,
    setBackMs: 0,
    final: false,
    children: {},
    ...evidence,
    decisions,
  });
  const ids = [...history.stepIds];
  const withStatus = (status: string) =>
    ids.filter((id) => history.step(id, END).status === status);
  return {
    id: record.run.id,
    status: record.run.status,
    interrupted: interruptedSteps(history),
    timedOut: isTimedOut(history),
    pendingDecisions: decisions.filter(({ status }) => status === "pending").map((row) => ({
      id: row.id,
      stepId: row.stepId,
      options: (JSON.parse(row.options) as { id: string }[]).map(({ id }) => id),
      targetAgent: row.targetAgentId,
    })),
    waitingSignals: ids.flatMap((stepId) => {
      const place = history.book.find(stepId);
      const isWaiting = place?.type === "wait" && OPEN.has(history.step(stepId, END).status);
      const name = isWaiting ? (place.step.config as WaitConfig).signal : undefined;
      return name === undefined ? [] : [{ stepId, name }];
    }),
    keptNames: keptNames(evidence.definition.steps),
    failedSteps: withStatus("failed"),
    suspendedSteps: withStatus("suspended"),
    completedSteps: withStatus("completed"),
  };
}

/** Names of signals that waits at any depth keep. */
function keptNames(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { signal, signals } = value as WaitConfig;
  const own = signals === "keep" && typeof signal === "string" ? [signal] : [];
  return [...own, ...Object.values(value).flatMap(keptNames)];
}
