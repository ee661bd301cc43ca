// Which whole definitions are generated: a graph of steps, hooks, and what concerns the run.

import type { StepDefinition, WorkflowDefinition } from "../../../engine/definition/types.ts";
import type { StepType } from "../step-type.ts";
import { type Draw } from "../../support/generate/values.ts";
import { graph, sequence } from "./lists.ts";
import { duration, shortDuration } from "./options.ts";
import { FallbackDesk, type Place, weighted, Workshop } from "./place.ts";
import { makeStep } from "./steps.ts";
import { defaultInputs } from "./values.ts";

export interface DefinitionOptions {
  /** The template that its steps may run as a child; null for none. */
  child: string | null;
  /** Nesting pairs to bring about, parent type first. */
  wishes: [StepType, StepType][];
  /** Most top-level steps, fallbacks not counted. */
  topLevel: number;
  /** Roughly the most steps at all depths. */
  maxSteps: number;
}

export function generateDefinition(draw: Draw, options: DefinitionOptions): WorkflowDefinition {
  const { child, wishes, topLevel, maxSteps } = options;
  const shop = new Workshop({ draw, child, wishes: [...wishes], maxSteps, sequence });
  const isTimed = draw.chance(0.12);
  const desk = new FallbackDesk();
  const place: Place = {
    depth: 1,
    before: [],
    inLoop: false,
    bounded: isTimed,
    hook: false,
    inFallback: false,
    desks: [desk],
    top: "",
  };
  const definition: WorkflowDefinition = {
    steps: graph(place, shop, { desk, size: Math.max(wishes.length, draw.int(1, topLevel)) }),
    // Nothing reads `extra`: some parents pass it on.
    inputs: { ...defaultInputs(draw), extra: null },
    context: { k: draw.int(0, 2), intent: "a simulated run" },
  };
  if (isTimed) {
    definition.timeout = weighted(draw, [[shortDuration(draw), 2], [duration(draw), 1]]);
    definition.on_timeout = draw.pick(["fail", "suspend", "cancel"]);
  }
  if (draw.chance(0.2)) definition.on_complete = hook(place, shop);
  if (draw.chance(0.2)) definition.on_error = hook(place, shop);
  if (draw.chance(0.12)) definition.on_interrupt = draw.pick(["suspend", "resume"]);
  return definition;
}

function hook(place: Place, shop: Workshop): StepDefinition {
  const type = shop.left > 3 && shop.draw.chance(0.25)
    ? shop.draw.pick(["condition", "parallel", "loop"] as const)
    : "action";
  // A hook stands alone; its time limit is 30 s when it sets none.
  const alone: Place = { ...place, hook: true, bounded: true, desks: [] };
  return makeStep(shop.newId("h"), type, alone, shop);
}
