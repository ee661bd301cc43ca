// Which lists of steps a flow step holds, and how the ids inside them are named.

import { setOwn } from "../../core/copy.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
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
  const { type, config } = step;
  if (!isObject(config)) return [];
  const lists = type === "condition"
    ? conditionLists(config)
    : type === "parallel"
    ? parallelLists(config)
    : type === "loop"
    ? [childList(["body"], "body", ANY_ITERATION, config.body)]
    : [];
  return lists.filter(({ steps }) => Array.isArray(steps));
}

/** A copy of a well-formed step with each step in its lists replaced. */
export function mapChildLists(
  step: StepDefinition,
  change: (inner: StepDefinition) => StepDefinition,
): StepDefinition {
  const changed = (list: Json) =>
    (list as unknown as StepDefinition[]).map(change) as unknown as Json;
  const config: JsonObject = { ...step.config };
  if (step.type === "loop") config.body = changed(config.body!);
  if (step.type === "parallel") config.branches = (config.branches as Json[]).map(changed);
  if (step.type === "condition") {
    const branches: JsonObject = {};
    for (const [key, list] of Object.entries(config.branches as JsonObject)) {
      setOwn(branches, key, changed(list));
    }
    config.branches = branches;
    if (config.default !== undefined) config.default = changed(config.default);
  }
  return { ...step, config };
}

function conditionLists({ branches, default: otherwise }: JsonObject): ChildList[] {
  const named = isObject(branches) ? Object.entries(branches) : [];
  return [
    ...named.map(([key, steps]) => childList(["branches", key], key, key, steps)),
    childList(["default"], "default", "default", otherwise),
  ];
}

function parallelLists({ branches }: JsonObject): ChildList[] {
  if (!Array.isArray(branches)) return [];
  return branches.map((steps, n) =>
    childList(["branches", n], `branch_${n}`, `branch_${n}`, steps)
  );
}

function childList(
  where: ChildList["where"],
  label: string,
  namespace: string,
  steps: Json | undefined,
): ChildList {
  return { where, label, namespace, steps: steps as unknown as StepDefinition[] };
}
