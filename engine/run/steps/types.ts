// The types of steps that are no actions, by the kind of their plan.

import type { StepState } from "../state.ts";
import { condition } from "./condition.ts";
import { loop } from "./loop.ts";
import { parallel } from "./parallel.ts";
import { reasoning } from "./reasoning.ts";
import type { StepType } from "./type.ts";
import { wait } from "./wait.ts";
import type { FlowPlan } from "../../definition/plan.ts";

const TYPES: Record<FlowPlan["kind"], StepType> = { condition, loop, parallel, wait, reasoning };

/** The type of a step that is no action. */
export function typeOf(step: StepState): StepType {
  return TYPES[step.plan.flow!.kind];
}
