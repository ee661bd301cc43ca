// Which boxes of a picture can become one.

import {
  allNodes,
  type Picture,
  type PictureEdge,
  type PictureNode,
} from "../../embed/diagram/picture.ts";
import { across, stagesOf, within } from "./stages.ts";
import { FEWEST, type Fold, SOUGHT, type Together } from "./together.ts";

/** Whether steps can be drawn together with others: they hold none, and nobody looks for them. */
function leaves(isSpared: boolean): (node: PictureNode) => boolean {
  return ({ holds, groups, status }) =>
    holds > 0 && groups.every(({ nodes }) => nodes.length === 0) &&
    !(isSpared && SOUGHT.has(status));
}

/** The steps inside others, chains, and steps with the same neighbours. `isSpared`: what somebody looks for. */
export function* foldsOf(picture: Picture, isSpared: boolean): Generator<void, Fold[]> {
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

/** What is left when no steps at the top are alike. */
export function* stageFolds(
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

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
