// How the plan of a workflow, and where a run stands in it, become one picture.

import { isTerminal, type RunStatus } from "../../core/status.ts";
import type { Picture, PictureNode } from "../../embed/diagram/picture.ts";
import type { DiagramModel, DiagramNode } from "./model.ts";
import { type NodeStatus, overlay, type StepStatuses } from "./overlay.ts";
import { waysOf } from "./ways.ts";

/** Where a run stands; without `run` only its steps are known. */
export interface Standing {
  steps: StepStatuses;
  run?: RunStatus;
}

/** Yields after each step at the top. */
export function* pictureOf(model: DiagramModel, standing?: Standing): Generator<void, Picture> {
  const ended = standing?.run !== undefined && isTerminal(standing.run);
  const shown = standing ? overlay(model, standing.steps, ended) : new Map<number, NodeStatus>();
  const nodes: PictureNode[] = [];
  for (const node of model.nodes) {
    yield;
    nodes.push(pictured(node, shown));
  }
  const edges = standing ? waysOf(model, shown, standing.run) : model.edges;
  return { title: model.title, notes: [], nodes, edges: edges.map((edge) => ({ ...edge })) };
}

function pictured(node: DiagramNode, shown: ReadonlyMap<number, NodeStatus>): PictureNode {
  const state = shown.get(node.key);
  const remark = state && remarkOf(state);
  return {
    key: node.key,
    shape: node.shape,
    label: node.label,
    name: node.name,
    ...(node.stepId !== undefined && { step: node.stepId }),
    ...(state && { status: state.status }),
    ...(state?.isNotReached && { isNotReached: true as const }),
    ...(remark && { remark }),
    holds: node.stepId === undefined ? 0 : 1,
    groups: node.groups.map((group) => ({
      ...group,
      nodes: group.nodes.map((child) => pictured(child, shown)),
    })),
  };
}

/** `3/10` of a loop's step; else how long it took and how often it was tried again. */
function remarkOf({ count, ms = 0, retries = 0 }: NodeStatus): string {
  return [
    ...(count === undefined ? [] : [count]),
    ...(ms > 0 ? [`${ms}ms`] : []),
    ...(retries > 0 ? [`↻${retries}`] : []),
  ].join(" ");
}
