// Which arrows a run has followed, and which it has passed by for good.

import { isStepOver, isTerminal, type RunStatus } from "../../core/status.ts";
import type { PictureEdge } from "../../embed/diagram/picture.ts";
import { type DiagramModel, type DiagramNode, nodesOf } from "./model.ts";
import type { NodeStatus } from "./overlay.ts";

/**
 * The arrows with their ways. Taken: its first step is over, or holds its second, and the second has
 * begun. Passed by: the second never will, or was not reached this way.
 */
export function waysOf(
  model: DiagramModel,
  shown: ReadonlyMap<number, NodeStatus>,
  run?: RunStatus,
): PictureEdge[] {
  const ended = run !== undefined && isTerminal(run);
  const nodes = new Map([...nodesOf(model.nodes)].map((node) => [node.key, node]));
  const holder = new Map<number, number>();
  for (const node of nodes.values()) {
    for (const group of node.groups) {
      for (const child of group.nodes) holder.set(child.key, node.key);
    }
  }
  const { key: end } = model.nodes.at(-1)!;
  const isOver = ({ key, stepId }: DiagramNode): boolean => {
    // Of an end it is known, of a start it need not be.
    if (stepId === undefined) return key !== end || ended;
    const status = shown.get(key)?.status;
    return status !== undefined && status !== "skipped" && isStepOver(status);
  };
  const begun = ({ key, stepId }: DiagramNode): boolean => {
    if (stepId === undefined) return run === "completed";
    const status = shown.get(key)?.status;
    return status !== undefined && !NOT_BEGUN.has(status);
  };
  // Of a step that another stood in for, the run did not go on by itself.
  const relieved = new Set(
    model.edges.filter(({ from, to, label, dashed }) =>
      dashed && label === "on error" && shown.get(from)?.status === "failed" &&
      begun(nodes.get(to)!)
    ).map(({ from }) => from),
  );
  return model.edges.map((edge) => {
    const [from, to] = [nodes.get(edge.from)!, nodes.get(edge.to)!];
    const failed = edge.label !== "on error" || from.stepId === undefined ||
      shown.get(from.key)?.status === "failed";
    const isHeld = holder.get(to.key) === from.key;
    const isRelieved = !edge.dashed && !isHeld && relieved.has(from.key);
    if ((isOver(from) || isHeld) && begun(to) && failed && !isRelieved) {
      return { ...edge, way: "taken" };
    }
    const never = [from, to].some(({ key }) => shown.get(key)?.status === "skipped");
    const passed = never || ended || isRelieved || (edge.dashed && isOver(from) && !begun(to));
    return passed ? { ...edge, way: "passed" } : edge;
  });
}

const NOT_BEGUN: ReadonlySet<NodeStatus["status"]> = new Set(["pending", "scheduled", "skipped"]);
