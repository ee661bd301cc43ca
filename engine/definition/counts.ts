// How much a raw definition holds, counted before anything is said or built of it.

import { isObject, type Json } from "../../core/json.ts";
import { whatIsListed } from "./children.ts";
import type { Report } from "./report.ts";

/** Entries of all `depends_on` together: each is an edge in every graph, picture and plan. */
export const MOST_DEPENDENCIES = 50_000;

/** Whether there are not too many steps and dependencies, well formed or not. */
export function checkCounts(
  definition: Json,
  { maxSteps }: { maxSteps: number },
  report: Report,
): boolean {
  const { steps, emptyBranches, dependencies } = count(definition);
  if (steps + emptyBranches > maxSteps) {
    const rule = `must hold at most ${maxSteps} steps in all, nested ones included`;
    const branches = emptyBranches > 0 ? ` and ${emptyBranches} empty branches, which count` : "";
    report.error("steps", `${rule}; holds ${steps}${branches}`);
    return false;
  }
  if (dependencies > MOST_DEPENDENCIES) {
    const rule = `must hold at most ${MOST_DEPENDENCIES} entries of depends_on in all`;
    report.error("steps", `${rule}; holds ${dependencies}`);
    return false;
  }
  return true;
}

function count(definition: Json) {
  const counted = { steps: 0, emptyBranches: 0, dependencies: 0 };
  if (!isObject(definition)) return counted;
  const { steps, on_complete, on_error } = definition;
  const open: Json[] = [on_complete, on_error].filter(isObject);
  const list = (items: Json | undefined) => {
    if (Array.isArray(items)) { for (const item of items) open.push(item); }
  };
  list(steps);
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    counted.steps++;
    if (!isObject(step)) continue;
    if (Array.isArray(step.depends_on)) counted.dependencies += step.depends_on.length;
    for (const { where, steps } of whatIsListed(step)) {
      list(steps);
      // Of lists with a key of their own in the config there are only so many a step.
      const isBranch = where.length > 1;
      if (isBranch && !(Array.isArray(steps) && steps.length > 0)) counted.emptyBranches++;
    }
  }
  return counted;
}
