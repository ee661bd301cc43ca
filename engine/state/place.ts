// Where in a step that holds others a list of them stands.

import type { PlanList } from "../definition/plan.ts";
import type { LoopView } from "../interpolate/scope.ts";

/** Which list of a flow step: its plan, namespace, position, and the loop variables in it. */
export interface Place {
  plan: PlanList;
  key: string;
  index: number;
  loop?: LoopView;
}
