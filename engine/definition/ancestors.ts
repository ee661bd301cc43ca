// Whether one step is always settled before another starts.

import { topologicalOrder } from "./dag.ts";
import { triggersByFallback } from "./fallbacks.ts";
import type { StepList, StepNode, StepTree } from "./node.ts";

/** Above this many top-level steps the table of ancestors would take too much memory. */
const LARGEST_GRAPH = 20_000;

/** Steps looked at in search of triggers, over all questions: chains of fallbacks may be long. */
const MOST_VISITS = 1_000_000;

export interface Ancestors {
  /** True also where it is not known, because the graph has a cycle or is too large. */
  isBefore(earlier: StepNode, later: StepNode): boolean;
}

/** Nothing is computed before the first question. */
export function createAncestors(tree: StepTree): Ancestors {
  let table: ((earlier: StepNode, later: StepNode) => boolean) | undefined;
  let triggers: Map<StepNode, StepNode[]> | undefined;
  let fromInside: Map<StepNode, StepNode[]> | undefined;
  let visits = 0;

  /** Whether a step that may trigger this one, also by way of other fallbacks, passes. */
  const triggeredBy = (fallback: StepNode, passes: (primary: StepNode) => boolean): boolean => {
    const seen = new Set<StepNode>([fallback]);
    for (const node of seen) {
      for (const primary of triggers?.get(node) ?? []) {
        if (++visits > MOST_VISITS || passes(primary)) return true;
        seen.add(primary);
      }
    }
    return false;
  };

  const inGraph = (earlier: StepNode, later: StepNode): boolean => {
    table ??= dependencyTable(tree.top);
    triggers ??= triggersByFallback(tree.top.nodes);
    const before = table;
    if (before(earlier, later)) return true;
    // A fallback runs after a step that triggers it, and before the dependents of that step.
    return triggeredBy(earlier, (primary) => primary !== later && before(primary, later)) ||
      triggeredBy(later, (primary) => primary === earlier || before(earlier, primary));
  };

  const isAlwaysBefore = (earlier: StepNode, later: StepNode): boolean => {
    const a = lineage(earlier);
    const b = lineage(later);
    const fork = a.findIndex((node, i) => node !== b[i]);
    const [x, y] = [a[fork], b[fork]];
    // Without a fork one of them holds the other, and neither is over before the other starts.
    if (!x || !y) return false;
    if (y.list.kind === "hook") return true;
    if (x.list !== y.list) return false;
    return x.list.kind === "graph" ? inGraph(x, y) : x.index < y.index;
  };

  /** Whether it is the fallback, further out, of a nested step that is over by then. */
  const isCalledBefore = (fallback: StepNode, later: StepNode): boolean => {
    fromInside ??= triggersByFallback(tree.all, { fromInside: true });
    return fromInside.get(fallback)?.some((caller) =>
      ++visits > MOST_VISITS || isAlwaysBefore(caller, later)
    ) ?? false;
  };

  return {
    isBefore: (earlier, later) => isAlwaysBefore(earlier, later) || isCalledBefore(earlier, later),
  };
}

/** The step and those that hold it, outermost first. */
function lineage(node: StepNode): StepNode[] {
  const line = [node];
  for (let outer = node.list.parent; outer; outer = outer.list.parent) line.unshift(outer);
  return line;
}

/** One bit for each pair of steps: 12 MB for 10,000 steps, a word operation for 32 pairs. */
function dependencyTable(list: StepList): (earlier: StepNode, later: StepNode) => boolean {
  const count = list.nodes.length;
  if (count > LARGEST_GRAPH) return () => true;
  const { order } = topologicalOrder(list.nodes.map(({ step }) => step));
  if (order.length < count) return () => true;
  const words = Math.ceil(count / 32);
  const rows = new Uint32Array(count * words);
  for (const id of order) {
    const { index, step } = list.byId.get(id)!;
    for (const need of new Set(step.depends_on)) {
      const from = list.byId.get(need)?.index;
      if (from === undefined) continue;
      for (let w = 0; w < words; w++) rows[index * words + w]! |= rows[from * words + w]!;
      rows[index * words + (from >>> 5)]! |= 1 << (from & 31);
    }
  }
  return (earlier, later) =>
    (rows[later.index * words + (earlier.index >>> 5)]! & (1 << (earlier.index & 31))) !== 0;
}
