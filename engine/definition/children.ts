// Which lists of steps a step holds.

import { setOwn } from "../../core/copy.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { stepType } from "../steps/types.ts";
import type { ChildList } from "./child-list.ts";
import type { StepDefinition } from "./types.ts";

/** The lists in definition order; none for steps that hold no others. */
export function childLists(step: StepDefinition): ChildList[] {
  const found: ChildList[] = [];
  for (const list of whatIsListed(step)) if (Array.isArray(list.steps)) found.push(list);
  return found;
}

/** What stands where a list belongs, one after the other, whether it is one or not. */
export function whatIsListed({ type, config }: Partial<StepDefinition>): Iterable<ChildList> {
  return (isObject(config) && stepType(type)?.lists?.(config)) || [];
}

/** A copy of a well-formed step with each step in its lists replaced. */
export function mapChildLists(
  step: StepDefinition,
  change: (inner: StepDefinition) => StepDefinition,
): StepDefinition {
  const config: JsonObject = { ...step.config };
  const copied = new Set<string>();
  for (const { where, steps } of childLists(step)) {
    const [key, branch] = where as [string, string | number | undefined];
    const changed = steps.map(change);
    if (branch === undefined) {
      config[key] = changed;
      continue;
    }
    const branches = config[key] as JsonObject | Json[];
    if (!copied.has(key)) config[key] = Array.isArray(branches) ? [...branches] : { ...branches };
    copied.add(key);
    setOwn(config[key] as JsonObject, String(branch), changed);
  }
  return { ...step, config };
}
