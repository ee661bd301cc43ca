// How a picture with too many boxes for its format becomes one of few: what is alike stands as one.

import type { StepStatus } from "../../core/status.ts";
import {
  allNodes,
  type Picture,
  type PictureEdge,
  type PictureNode,
} from "../../embed/diagram/picture.ts";
import { arrowsOf } from "../../embed/diagram/nets.ts";
import { worstOf } from "./overlay.ts";
import { across, stagesOf, within } from "./stages.ts";

/** How few steps are not worth one box for all of them. */
const FEWEST = 3;
/** How many of those that are alike stay beside the box that stands for the others. */
const MOST_TWINS = 8;

/** What somebody looks for is folded only when nothing else is left. */
const SOUGHT: ReadonlySet<StepStatus | undefined> = new Set<StepStatus>([
  "failed",
  "suspended",
  "retrying",
  "running",
]);

/** Arrows that are not looked at for which of them are drawn as one: they are too many anyway. */
const COUNTLESS = 10_000;
/** How many of its boxes a picture keeps at a time when it is its arrows that are too many. */
const KEPT_AT_A_TIME = 0.8;

/** How much can be read. */
export interface Readable {
  boxes: number;
  arrows: number;
  /** Whether arrows of all to all do not meet in a point: each counts. */
  apart?: boolean;
}

/** Boxes that may become one. */
type Fold =
  | { kind: "inside"; node: PictureNode; saved: number }
  | { kind: Together; list: PictureNode[]; nodes: PictureNode[]; saved: number };

type Together = keyof typeof HOW;

const HOW = {
  row: "in a row",
  twins: "side by side",
  stage: "side by side",
  stages: "one after another",
} as const;

/**
 * Folds until no more boxes and arrows are left than can be read, or nothing more can be folded: the
 * steps inside others, long chains, and steps that follow the same ones and are followed by the same
 * ones; where there are none of these, steps side by side whatever their arrows, and these one after
 * another. Largest first; a note says how many steps stand together. The picture is changed. May
 * pause in between.
 */
export function* fold(picture: Picture, readable: Readable): Generator<void, Picture> {
  let isSpared = true;
  let boxes = countOf(picture);
  for (;;) {
    const most = boxes > readable.boxes
      ? readable.boxes
      : isTangle(picture, readable)
      ? Math.floor(boxes * KEPT_AT_A_TIME)
      : boxes;
    if (boxes <= most) break;
    yield;
    const found = yield* foldsOf(picture, isSpared);
    if (found.length === 0) found.push(...yield* stageFolds(picture, isSpared, boxes - most));
    if (found.length === 0) {
      if (!isSpared) break;
      isSpared = false;
      continue;
    }
    found.sort((a, b) => b.saved - a.saved);
    const renamed = new Map<number, number>();
    const touched = new Set<PictureNode>();
    for (const one of found) {
      if (boxes <= most) break;
      trim(one, boxes - most);
      const nodes = one.kind === "inside" ? [one.node] : one.nodes;
      if (nodes.some((node) => touched.has(node))) continue;
      for (const node of nodes) touched.add(node);
      apply(one, renamed);
      boxes -= one.saved;
    }
    yield;
    picture.edges = withoutImplied(rejoined(picture.edges, renamed), picture.nodes);
  }
  note(picture);
  return picture;
}

/** How many boxes a picture has. */
export function countOf({ nodes }: Picture): number {
  let count = 0;
  for (const _ of allNodes(nodes)) count++;
  return count;
}

function isTangle({ edges }: Picture, { arrows, apart = false }: Readable): boolean {
  if (edges.length <= arrows) return false;
  return apart || edges.length > COUNTLESS || arrowsOf(edges) > arrows;
}

/** Whether steps can be drawn together with others: they hold none, and nobody looks for them. */
function leaves(isSpared: boolean): (node: PictureNode) => boolean {
  return ({ holds, groups, status }) =>
    holds > 0 && groups.every(({ nodes }) => nodes.length === 0) &&
    !(isSpared && SOUGHT.has(status));
}

/** What is left when no steps at the top are alike. */
function* stageFolds(
  { nodes: list, edges }: Picture,
  isSpared: boolean,
  needed: number,
): Generator<void, Fold[]> {
  const isLeaf = leaves(isSpared);
  const stages = stagesOf(list, edges);
  yield;
  const folds = (kind: Together, all: PictureNode[][]): Fold[] =>
    all.map((nodes) => ({ kind, list, nodes, saved: nodes.length - 1 }));
  const wide = folds("stage", within(stages, isLeaf));
  return wide.length > 0 ? wide : folds("stages", across(stages, isLeaf, needed));
}

function* foldsOf(picture: Picture, isSpared: boolean): Generator<void, Fold[]> {
  const into = new Map<number, PictureEdge[]>();
  const out = new Map<number, PictureEdge[]>();
  for (const edge of picture.edges) {
    add(into, edge.to, edge);
    add(out, edge.from, edge);
  }
  yield;
  const found: Fold[] = [];
  const isLeaf = leaves(isSpared);
  const lists: PictureNode[][] = [picture.nodes];
  for (const node of allNodes(picture.nodes)) {
    const inner = node.groups.flatMap(({ nodes }) => nodes);
    lists.push(...node.groups.map(({ nodes }) => nodes));
    if (inner.length > 0 && inner.every(isLeaf)) {
      found.push({ kind: "inside", node, saved: inner.length });
    }
  }
  for (const list of lists) {
    yield;
    found.push(...chainsOf(list, { isLeaf, into, out }), ...twinsOf(list, { isLeaf, into, out }));
  }
  return found;
}

interface Joined {
  isLeaf(node: PictureNode): boolean;
  into: ReadonlyMap<number, PictureEdge[]>;
  out: ReadonlyMap<number, PictureEdge[]>;
}

function chainsOf(list: PictureNode[], { isLeaf, into, out }: Joined): Fold[] {
  const byKey = new Map(list.map((node) => [node.key, node]));
  const next = (node: PictureNode): PictureNode | undefined => {
    const [edge, ...others] = out.get(node.key) ?? [];
    if (!edge || others.length > 0 || edge.dashed) return undefined;
    const to = byKey.get(edge.to);
    return to && isLeaf(to) && into.get(to.key)!.length === 1 ? to : undefined;
  };
  const leaves = list.filter(isLeaf);
  const followers = new Set(leaves.map(next));
  return leaves.filter((node) => !followers.has(node)).flatMap((first) => {
    const nodes = [first];
    for (let node = next(first); node; node = next(node)) nodes.push(node);
    return nodes.length < FEWEST ? [] : [{ kind: "row", list, nodes, saved: nodes.length - 1 }];
  });
}

function twinsOf(list: PictureNode[], { isLeaf, into, out }: Joined): Fold[] {
  const alike = new Map<string, PictureNode[]>();
  for (const node of list) {
    if (!isLeaf(node)) continue;
    const ends = (edges: PictureEdge[] = [], end: "from" | "to") =>
      edges.map((edge) => `${edge[end]}${edge.dashed ? "?" : ""}${edge.label ?? ""}`).sort().join();
    add(alike, `${ends(into.get(node.key), "from")}>${ends(out.get(node.key), "to")}`, node);
  }
  return [...alike.values()].filter(({ length }) => length >= FEWEST)
    .map((nodes) => ({ kind: "twins", list, nodes, saved: nodes.length - 1 }));
}

/** No more than is needed: the ends of a long row, and some of many twins, stay to be seen. */
function trim(one: Fold, needed: number): void {
  if (one.kind === "inside" || one.kind === "stages" || one.saved <= needed) return;
  // A row of many boxes is as hard to read as a long one is not.
  const least = one.kind === "twins" ? one.nodes.length - MOST_TWINS : FEWEST;
  const kept = Math.max(FEWEST, needed + 1, least);
  const from = (one.nodes.length - kept) >> 1;
  one.nodes = one.nodes.slice(from, from + kept);
  one.saved = kept - 1;
}

function apply(one: Fold, renamed: Map<number, number>): void {
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
function rejoined(edges: readonly PictureEdge[], renamed: ReadonlyMap<number, number>) {
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

/**
 * Some step in most large boxes is a first or a last one; of boxes that others lead to or follow, the
 * arrows from Start and to End would hide all others.
 */
function withoutImplied(edges: PictureEdge[], nodes: readonly PictureNode[]): PictureEdge[] {
  const folded = new Set(nodes.filter(({ shape }) => shape === "folded").map(({ key }) => key));
  const circles = new Set(nodes.filter(({ holds }) => holds === 0).map(({ key }) => key));
  const [reached, followed] = [new Set<number>(), new Set<number>()];
  for (const { from, to, dashed } of edges) {
    if (dashed || circles.has(from) || circles.has(to)) continue;
    reached.add(to);
    followed.add(from);
  }
  return edges.filter(({ from, to, dashed }) =>
    dashed || !(
      circles.has(from) && folded.has(to) && reached.has(to) ||
      circles.has(to) && folded.has(from) && followed.has(from)
    )
  );
}

function note(picture: Picture): void {
  let [steps, single] = [0, 0];
  for (const { holds } of allNodes(picture.nodes)) {
    steps += holds;
    if (holds === 1) single++;
  }
  if (single < steps) {
    picture.notes = [`${steps - single} of ${steps} steps are drawn together, to be readable`];
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
