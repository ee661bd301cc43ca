// What is written when a question is over: answered, too late, or dropped with its step.

import { withdrawQuestion } from "../notices/note.ts";
import type { StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";

/** Closes the question that the step asks. */
export function closeDecision(
  turn: Turn,
  step: StepState,
  end: {
    status: "resolved" | "timed_out" | "cancelled";
    resolvedSeq?: number;
    resolvedBy?: string;
  },
): void {
  const row = step.decision!;
  step.decision = null;
  turn.run.asking.close(row);
  withdrawQuestion(turn.handOver, row);
  const { status, resolvedSeq = null, resolvedBy = null } = end;
  turn.handOver.decisions.push({
    ...row,
    status,
    resolvedSeq,
    resolvedBy,
    resolvedAt: turn.now,
  });
}
