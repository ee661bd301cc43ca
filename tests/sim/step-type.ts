// Which types of steps the simulator generates and judges.

import type { StepDefinition } from "../../engine/definition/types.ts";

export type StepType = "action" | "condition" | "loop" | "parallel" | "wait" | "reasoning";

export function typeOf(step: StepDefinition): StepType {
  return (step.type ?? "action") as StepType;
}
