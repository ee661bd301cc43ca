// How a workflow's definition becomes a picture: one node a step, in groups, and the edges between.

import { OpcodeError } from "../../core/errors.ts";
import { topologicalOrder } from "../definition/dag.ts";
import { childLists } from "../definition/children.ts";
import { buildTree } from "../definition/tree.ts";
import type { StepNode } from "../definition/node.ts";
import type { WorkflowDefinition } from "../definition/types.ts";
import { stepType } from "../steps/types.ts";
import { cut } from "../../core/text.ts";
import { drawEdges } from "./edges.ts";
import { nestedLabel, topLabel } from "./labels.ts";
import type { DiagramModel, DiagramNode } from "./model.ts";

/** Characters of a title: more is no title, and costs as much as a picture. */
const LONGEST_TITLE = 200;
/** Of a step's name where it stands among others. */
const LONGEST_NAME = 40;

/**
 * Draws a definition that passed validation; the answer depends on nothing else. `named`: the
 * template's name, for a definition that has none of its own.
 * Throws VALIDATION_ERROR when there is nothing to draw, CYCLE_DETECTED when steps form a cycle.
 */
export function buildDiagram(
  definition: WorkflowDefinition | null,
  named = "Workflow",
): DiagramModel {
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
      name: cut(node.step.id, LONGEST_NAME),
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
    name: label,
    groups: [],
  });
  const start = circle("Start");
  const steps = order.map((id) => tree.top.byId.get(id)!);
  const hooks = tree.hooks.map((list) => list.nodes[0]!);
  const nodes = [...steps, ...hooks].map((node) => draw(node, false));
  const end = circle("End");
  const name = definition.metadata?.name;
  return {
    title: cut(typeof name === "string" && name !== "" ? name : named, LONGEST_TITLE),
    nodes: [start, ...nodes, end],
    edges: drawEdges({ tree, steps, drawn, start, end }),
  };
}
