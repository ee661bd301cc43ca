// The scope that the CEL tests evaluate against.

import type { JsonObject } from "../../../core/json.ts";
import type { CelScope, LoopView, StepView } from "../../../embed/cel.ts";

export interface CelScopeParts {
  steps?: Record<string, StepView>;
  inputs?: JsonObject;
  context?: JsonObject;
  loop?: LoopView;
  /** Called with each id and input name that is looked up. */
  onLookup?: (name: string) => void;
}

export function createScope(parts: CelScopeParts): CelScope {
  const { steps = {}, inputs = {}, onLookup } = parts;
  return {
    step(id) {
      onLookup?.(`steps.${id}`);
      return Object.hasOwn(steps, id) ? steps[id] : undefined;
    },
    stepIds: () => Object.keys(steps),
    input(name) {
      onLookup?.(`inputs.${name}`);
      return Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    },
    inputNames: () => Object.keys(inputs),
    workflow: { run_id: "r1" },
    context: parts.context ?? {},
    loop: parts.loop,
  };
}
