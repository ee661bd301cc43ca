// Which arrows a picture of a workflow has, in which order.

import { triggersByFallback } from "../definition/fallbacks.ts";
import type { StepNode, StepTree } from "../definition/node.ts";
import type { DiagramEdge, DiagramNode } from "./model.ts";

interface Drawing {
  tree: StepTree;
  /** The top-level steps in topological order. */
  steps: StepNode[];
  drawn: ReadonlyMap<StepNode, DiagramNode>;
  start: DiagramNode;
  end: DiagramNode;
}

/**
 * Start to roots, dependencies to dependents, last steps to End; each parent to the first step of
 * its branches and from there in list order; dashed: to fallbacks, on to what follows the step
 * that failed, and to hooks. Steps that are fallbacks have no other way in.
 */
export function drawEdges(drawing: Drawing): DiagramEdge[] {
  const { tree, steps, drawn, start, end } = drawing;
  const edges: DiagramEdge[] = [];
  const add = (from: DiagramNode, to: DiagramNode, how: Omit<DiagramEdge, "from" | "to"> = {}) =>
    edges.push({ from: from.key, to: to.key, ...how });
  const at = (node: StepNode) => drawn.get(node)!;
  const triggers = triggersByFallback(tree.all);
  const scheduled = steps.filter((node) => !triggers.has(node));
  const dependents = dependentsOf(scheduled);

  for (const node of scheduled) if (!node.step.depends_on?.length) add(start, at(node));
  for (const node of steps) {
    for (const next of dependents.get(node) ?? []) add(at(node), at(next));
    if (!triggers.has(node) && !dependents.has(node)) add(at(node), end);
  }
  for (const node of tree.all) {
    node.children.forEach((list, i) => {
      const { label } = at(node).groups[i]!;
      const inOrder = list.nodes.filter((child) => !triggers.has(child));
      if (inOrder.length > 0) add(at(node), at(inOrder[0]!), { label });
      inOrder.slice(1).forEach((child, j) => add(at(inOrder[j]!), at(child)));
    });
  }
  for (const [fallback, primaries] of triggers) {
    for (const primary of primaries) {
      add(at(primary), at(fallback), { label: "on error", dashed: true });
    }
    for (const next of followers(fallback, primaries, triggers, dependents)) {
      add(at(fallback), next === "end" ? end : at(next), { dashed: true });
    }
  }
  for (const { path, nodes } of tree.hooks) {
    add(end, at(nodes[0]!), { label: path.replace("_", " "), dashed: true });
  }
  return edges;
}

function dependentsOf(nodes: readonly StepNode[]): Map<StepNode, StepNode[]> {
  const dependents = new Map<StepNode, StepNode[]>();
  for (const node of nodes) {
    for (const id of new Set(node.step.depends_on)) {
      const need = node.list.byId.get(id)!;
      const known = dependents.get(need);
      if (known) known.push(node);
      else dependents.set(need, [node]);
    }
  }
  return dependents;
}

/** Where a run goes on once the fallback has stood in for one of its siblings. */
function followers(
  fallback: StepNode,
  primaries: readonly StepNode[],
  triggers: ReadonlyMap<StepNode, StepNode[]>,
  dependents: ReadonlyMap<StepNode, StepNode[]>,
): Set<StepNode | "end"> {
  const next = new Set<StepNode | "end">();
  const own = new Set(dependents.get(fallback));
  for (const primary of primaries) {
    if (primary.list !== fallback.list || triggers.has(primary)) continue;
    if (primary.list.kind === "sequence") {
      const later = primary.list.nodes.slice(primary.index + 1).find((n) => !triggers.has(n));
      if (later) next.add(later);
    } else {
      for (const node of dependents.get(primary) ?? ["end" as const]) next.add(node);
    }
  }
  // One handler for a whole chain: the arrows between its members say enough.
  for (const primary of primaries) next.delete(primary);
  for (const node of own) next.delete(node);
  return next;
}
