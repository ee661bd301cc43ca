// Which lists of steps a flow step holds, and how the ids inside them are named.

import type { StepDefinition } from "./types.ts";

/** Stands for the number of the iteration in the namespace of a loop's body. */
export const ANY_ITERATION = "iter_*";

export interface ChildList {
  /** Path inside the step's config: a key, then a branch's key or index. */
  where: readonly (string | number)[];
  /** What a reader calls it: the branch key, `default`, `branch_<n>` or `body`. */
  label: string;
  /** The middle part of full ids `parent.<namespace>.<id>`. */
  namespace: string;
  steps: readonly StepDefinition[];
}

/** The lists in definition order; none for steps that hold no others. */
export function childLists(step: StepDefinition): ChildList[] {
  const config = step.config as Record<string, unknown> | undefined;
  if (!config) return [];
  if (step.type === "condition") return conditionLists(config);
  if (step.type === "parallel") {
    return (config.branches as StepDefinition[][]).map((steps, n) => {
      return { where: ["branches", n], label: `branch_${n}`, namespace: `branch_${n}`, steps };
    });
  }
  if (step.type !== "loop") return [];
  const body = config.body as StepDefinition[];
  return [{ where: ["body"], label: "body", namespace: ANY_ITERATION, steps: body }];
}

function conditionLists(config: Record<string, unknown>): ChildList[] {
  const branches = Object.entries(config.branches as Record<string, StepDefinition[]>);
  const lists: ChildList[] = branches.map(([key, steps]) => {
    return { where: ["branches", key], label: key, namespace: key, steps };
  });
  if (config.default !== undefined) {
    const steps = config.default as StepDefinition[];
    lists.push({ where: ["default"], label: "default", namespace: "default", steps });
  }
  return lists;
}
