// How a run is cancelled: everything open is skipped, its children are told, and it ends.

import type { ErrorObject } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { leave } from "./activity.ts";
import { release } from "./line.ts";
import { skipStep } from "./settle.ts";
import { isHook, setBusy } from "../state/state.ts";
import type { Turn } from "./turn.ts";

/** Cancels a run that is not terminal. */
export function cancelRun(
  turn: Turn,
  reason: string,
  agentId?: string,
  details?: JsonObject,
): void {
  const { run } = turn;
  const error: ErrorObject = { code: "CANCELLED", message: reason, ...(details && { details }) };
  turn.eventWith("workflow_cancelled", null, { reason }, agentId);
  run.failure ??= error;
  for (const step of run.steps) {
    const { row: { status } } = step;
    if (status === "completed" || status === "failed" || status === "skipped") continue;
    if (!isHook(step) || status !== "pending") {
      skipStep(turn, step, "workflow_cancelled");
      continue;
    }
    // It may be in line already.
    release(step, "workflow_cancelled");
    setBusy(run, step, "");
  }
  run.row.error = turn.text(error);
  leave(turn, "cancelled");
}
