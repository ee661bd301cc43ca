// Which parts of a delivery a template takes as params, where no program makes them.

import type { Plan } from "../definition/plan.ts";

export const PARTS = ["body", "headers", "query"] as const;

/** Those that it declares or reads; all of a template that takes whatever it is given. */
export function knownParts(plan: Plan): string[] {
  return PARTS.filter((part) => {
    const unknown = plan.unknownParam([part]);
    return unknown === undefined || unknown.undeclared;
  });
}
