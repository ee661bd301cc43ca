// Which steps the conditions around a step ask about before it begins.

import { askedSteps } from "../interpolate/references.ts";
import { celSource } from "./cel-source.ts";
import { stepType } from "../steps/types.ts";
import type { StepNode } from "./node.ts";

export interface Guards {
  /** Whether a condition of the step, or of one around it, asks about the step of this id. */
  ask(node: StepNode, id: string): boolean;
}

/** A condition is taken apart once, when somebody asks about its step or one inside it. */
export function createGuards(): Guards {
  const known = new Map<StepNode, ReadonlySet<string>>();
  const askedBy = (node: StepNode): ReadonlySet<string> => {
    let asked = known.get(node);
    if (!asked) known.set(node, asked = new Set(conditionsOf(node).flatMap(askedSteps)));
    return asked;
  };
  return {
    ask(node, id) {
      for (let at: StepNode | undefined = node; at; at = at.list.parent) {
        if (askedBy(at).has(id)) return true;
      }
      return false;
    },
  };
}

/** What must hold for the step, or something in it, to run. */
function conditionsOf({ step }: StepNode): string[] {
  const texts = [step.condition, ...stepType(step.type)?.guards?.(step.config ?? {}) ?? []];
  return texts.filter((text) => typeof text === "string").map(celSource);
}
