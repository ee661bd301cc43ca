// What a picture of a workflow shows, whatever the format: nodes, groups and edges.

import { OpcodeError } from "../../core/errors.ts";
import { topologicalOrder } from "../definition/dag.ts";
import { childLists } from "../definition/children.ts";
import { buildTree, type StepNode } from "../definition/tree.ts";
import type { WorkflowDefinition } from "../definition/types.ts";
import type { StepType } from "../steps/type.ts";
import { stepType } from "../steps/types.ts";
import { cut } from "../../core/text.ts";
import { drawEdges } from "./edges.ts";
import { nestedLabel, topLabel } from "./labels.ts";

/** Characters of a title: more is no title, and costs as much as a picture. */
const LONGEST_TITLE = 200;

export interface DiagramNode {
  /** Position in the order of drawing, unique in the picture. */
  key: number;
  shape: StepType["shape"] | "circle";
  /** Whether one of its groups runs and the others never do. */
  chooses: boolean;
  /** Lines of text; the first names the step. */
  label: string[];
  /** Full id, with `iter_*` for iterations; undefined for start and end. */
  stepId?: string;
  groups: DiagramGroup[];
}

/** The steps of one branch, or of a loop's body. */
export interface DiagramGroup {
  /** `<parent>: <branch>`. */
  title: string;
  /** The branch key, `default`, `branch_<n>` or `body`. */
  label: string;
  /** Whether it may be run more than once. */
  repeats: boolean;
  nodes: DiagramNode[];
}

export interface DiagramEdge {
  from: number;
  to: number;
  label?: string;
  /** A way that is only taken when something failed, or at the end of a run. */
  dashed?: boolean;
}

export interface DiagramModel {
  title: string;
  /** Start, the top-level steps in topological order, the hooks, End. */
  nodes: DiagramNode[];
  edges: DiagramEdge[];
}

/**
 * Draws a definition that passed validation; the answer depends on nothing but the definition.
 * Throws VALIDATION_ERROR when there is nothing to draw, CYCLE_DETECTED when steps form a cycle.
 */
export function buildDiagram(definition: WorkflowDefinition | null): DiagramModel {
  if (!definition?.steps?.length) {
    throw new OpcodeError("VALIDATION_ERROR", "cannot draw a definition without steps");
  }
  const { order } = topologicalOrder(definition.steps);
  if (order.length < definition.steps.length) {
    throw new OpcodeError(
      "CYCLE_DETECTED",
      "cannot draw steps that depend on each other in a cycle",
    );
  }
  const tree = buildTree(definition);
  const drawn = new Map<StepNode, DiagramNode>();
  let next = 0;
  const draw = (node: StepNode, isNested: boolean): DiagramNode => {
    const type = stepType(node.step.type);
    const made: DiagramNode = {
      key: next++,
      shape: type?.shape ?? "box",
      chooses: type?.chooses ?? false,
      label: isNested ? nestedLabel(node.step) : topLabel(node.step),
      stepId: node.fullId,
      groups: [],
    };
    drawn.set(node, made);
    childLists(node.step).forEach(({ label, repeats }, i) => {
      const nodes = node.children[i]!.nodes.map((child) => draw(child, true));
      made.groups.push({ title: `${node.step.id}: ${label}`, label, repeats, nodes });
    });
    return made;
  };
  const circle = (label: string): DiagramNode => ({
    key: next++,
    shape: "circle",
    chooses: false,
    label: [label],
    groups: [],
  });
  const start = circle("Start");
  const steps = order.map((id) => tree.top.byId.get(id)!);
  const hooks = tree.hooks.map((list) => list.nodes[0]!);
  const nodes = [...steps, ...hooks].map((node) => draw(node, false));
  const end = circle("End");
  const name = definition.metadata?.name;
  return {
    title: typeof name === "string" && name !== "" ? cut(name, LONGEST_TITLE) : "Workflow",
    nodes: [start, ...nodes, end],
    edges: drawEdges({ tree, steps, drawn, start, end }),
  };
}
