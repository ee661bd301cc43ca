// What a list of steps inside another step is, and how the ids in it are named.

import type { Json } from "../../core/json.ts";
import type { StepDefinition } from "./types.ts";

/** Stands for the number of the iteration in the namespace of a list that is repeated. */
export const ANY_ITERATION = "iter_*";

export interface ChildList {
  /** Path inside the step's config: a key, then a branch's key or index. */
  where: readonly (string | number)[];
  /** What a reader calls it: the branch key, `default`, `branch_<n>` or `body`. */
  label: string;
  /** The middle part of full ids `parent.<namespace>.<id>`. */
  namespace: string;
  /** Whether it may be run more than once, with loop variables in it. */
  repeats: boolean;
  steps: StepDefinition[];
}

/** `steps`: what stands there, whatever it is. By default readers call it by its namespace. */
export function childList(
  where: ChildList["where"],
  namespace: string,
  steps: Json | undefined,
  { label = namespace, repeats = false }: { label?: string; repeats?: boolean } = {},
): ChildList {
  return { where, label, namespace, repeats, steps: steps as unknown as StepDefinition[] };
}
