// Which step types this engine runs; the others validate but are refused when a run would start.

import { OpcodeError } from "../../core/errors.ts";
import type { Plan } from "./plan.ts";

/** Throws ACTION_UNAVAILABLE naming the first step that cannot run here. */
export function refuseUnsupported(plan: Plan): void {
  if (!plan.unsupported) return;
  const { stepId, type } = plan.unsupported;
  throw new OpcodeError(
    "ACTION_UNAVAILABLE",
    `step "${stepId}" is of type "${type}", which cannot run yet: only action steps can`,
    { details: { step_id: stepId, type }, stepId },
  );
}
