// How several boxes of a picture become one, and what it says of them.

import type { StepStatus } from "../../core/status.ts";
import type { PictureEdge, PictureNode } from "../../embed/diagram/picture.ts";
import { worstOf } from "./overlay.ts";

/** How few steps are not worth one box for all of them. */
export const FEWEST = 3;

/** How many of those that are alike stay beside the box that stands for the others. */
const MOST_TWINS = 8;

/** What somebody looks for is folded only when nothing else is left. */
export const SOUGHT: ReadonlySet<StepStatus | undefined> = new Set<StepStatus>([
  "failed",
  "suspended",
  "retrying",
  "running",
]);

/** Boxes that may become one. */
export type Fold =
  | { kind: "inside"; node: PictureNode; saved: number }
  | { kind: Together; list: PictureNode[]; nodes: PictureNode[]; saved: number };

export type Together = keyof typeof HOW;

const HOW = {
  row: "in a row",
  twins: "side by side",
  stage: "side by side",
  stages: "in several stages",
} as const;

/** No more than is needed: the ends of a long row, and some of many twins, stay to be seen. */
export function trim(one: Fold, needed: number): void {
  if (one.kind === "inside" || one.kind === "stages" || one.saved <= needed) return;
  // A row of many boxes is as hard to read as a long one is not.
  const least = one.kind === "twins" ? one.nodes.length - MOST_TWINS : FEWEST;
  const kept = Math.max(FEWEST, needed + 1, least);
  const from = (one.nodes.length - kept) >> 1;
  one.nodes = one.nodes.slice(from, from + kept);
  one.saved = kept - 1;
}

export function apply(one: Fold, renamed: Map<number, number>): void {
  if (one.kind === "inside") {
    const inner = one.node.groups.flatMap(({ nodes }) => nodes);
    for (const { key } of inner) renamed.set(key, one.node.key);
    const steps = inner.reduce((sum, { holds }) => sum + holds, 0);
    const worst = worstOf(inner.flatMap(({ status }) => status ? [status] : []));
    one.node.label = [...one.node.label, `${steps} step${steps === 1 ? "" : "s"} inside`];
    if (worst && SOUGHT.has(worst)) one.node.label.push(`one of them ${worst}`);
    one.node.holds += steps;
    one.node.groups = [];
    return;
  }
  const { list, nodes } = one;
  const [first, last] = [nodes[0]!, nodes.at(-1)!];
  for (const { key } of nodes.slice(1)) renamed.set(key, first.key);
  const gone = new Set(nodes.slice(1));
  list.splice(0, list.length, ...list.filter((node) => !gone.has(node)));
  const steps = nodes.reduce((sum, { holds }) => sum + holds, 0);
  const status = worstOf(nodes.flatMap(({ status }) => status ? [status] : []));
  Object.assign(first, {
    shape: "folded",
    label: [
      `${startOf(first)} … ${endOf(last)}`,
      `${steps} steps ${HOW[one.kind]}`,
      ...tally(nodes),
    ],
    holds: steps,
    name: `${startOf(first)} … ${endOf(last)}`,
    groups: [],
    ...(status && { status }),
  });
  delete first.remark;
  delete first.step;
}

function startOf({ name }: PictureNode): string {
  return name.split(" … ")[0]!;
}

function endOf({ name }: PictureNode): string {
  return name.split(" … ").at(-1)!;
}

/** How many boxes are in which state, when they differ. */
function tally(nodes: readonly PictureNode[]): string[] {
  const counts = new Map<string, number>();
  for (const { status, holds } of nodes) {
    const state = status ?? "to come";
    counts.set(state, (counts.get(state) ?? 0) + holds);
  }
  if (counts.size < 2) return [];
  return [[...counts].map(([state, count]) => `${count} ${state}`).join(", ")];
}

/** Arrows between what stands for their ends now; one of each kind. */
export function rejoined(edges: readonly PictureEdge[], renamed: ReadonlyMap<number, number>) {
  const now = (key: number): number => renamed.has(key) ? now(renamed.get(key)!) : key;
  const kept = new Map<string, PictureEdge>();
  for (const edge of edges) {
    const [from, to] = [now(edge.from), now(edge.to)];
    if (from === to) continue;
    const id = `${from} ${to} ${edge.dashed ? "?" : ""}${edge.label ?? ""}`;
    const known = kept.get(id);
    if (!known) kept.set(id, { ...edge, from, to });
    else if (known.way !== "taken" && known.way !== edge.way) {
      if (edge.way === undefined) delete known.way;
      else if (edge.way === "taken") known.way = "taken";
    }
  }
  return [...kept.values()];
}
