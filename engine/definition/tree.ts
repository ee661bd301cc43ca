// Where each step of a definition stands: its path, its list, its full id.

import { childLists } from "./children.ts";
import type { StepList, StepNode, StepTree } from "./node.ts";
import { member } from "./report.ts";
import type { StepDefinition, WorkflowDefinition } from "./types.ts";

export type HookName = "on_complete" | "on_error";

/** Reads a definition; what has not the structure of a step is left out. */
export function buildTree(definition: WorkflowDefinition): StepTree {
  const all: StepNode[] = [];
  const steps = Array.isArray(definition.steps) ? definition.steps : [];
  const top = list(steps, { path: "steps", kind: "graph" }, all);
  const hooks: StepList[] = [];
  for (const name of ["on_complete", "on_error"] satisfies HookName[]) {
    const hook = definition[name];
    if (hook) hooks.push(list([hook], { path: name, kind: "hook" }, all));
  }
  return { top, hooks, all };
}

function list(
  steps: readonly StepDefinition[],
  place: {
    path: string;
    kind: StepList["kind"];
    parent?: StepNode;
    namespace?: string;
    repeats?: boolean;
  },
  all: StepNode[],
): StepList {
  const { path, kind, parent, namespace = "", repeats = false } = place;
  const prefix = parent ? `${parent.fullId}.${namespace}.` : "";
  const made: StepList = { path, namespace, kind, repeats, parent, nodes: [], byId: new Map() };
  steps.forEach((step, index) => {
    if (typeof step?.id !== "string") return;
    const at = kind === "hook" ? path : member(path, index);
    const node: StepNode = {
      step,
      path: at,
      fullId: prefix + step.id,
      list: made,
      index,
      children: [],
    };
    all.push(node);
    made.nodes.push(node);
    if (!made.byId.has(step.id)) made.byId.set(step.id, node);
    node.children = childLists(step).map((child) =>
      list(child.steps, {
        path: child.where.reduce<string>(member, `${at}.config`),
        kind: "sequence",
        parent: node,
        namespace: child.namespace,
        repeats: child.repeats,
      }, all)
    );
  });
  return made;
}
