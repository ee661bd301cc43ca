// Which steps may stand as one where none are alike: those of one stage, and stages one after another.

import { acyclic } from "../../embed/diagram/ascii/cycles.ts";
import type { PictureEdge, PictureNode } from "../../embed/diagram/picture.ts";

/** Which steps of a list can be drawn together. */
type IsLeaf = (node: PictureNode) => boolean;

/**
 * A list by how many arrows lead at most from its beginning to each step; arrows that lead back do
 * not count. No arrow stays within a stage, none leads up: whatever steps of one stage become one
 * box, or stages one after another, no ring comes of it.
 */
export function stagesOf(
  list: readonly PictureNode[],
  edges: readonly PictureEdge[],
): PictureNode[][] {
  const byKey = new Map(list.map((node) => [node.key, node]));
  const inside = edges.filter(({ from, to }) => byKey.has(from) && byKey.has(to));
  const { order, edges: forward } = acyclic([...byKey.keys()], inside);
  const out = new Map<number, number[]>();
  for (const { from, to } of forward) {
    const known = out.get(from);
    if (known) known.push(to);
    else out.set(from, [to]);
  }
  const depths = new Map<number, number>();
  const stages: PictureNode[][] = [];
  for (const key of order) {
    const depth = depths.get(key) ?? 0;
    (stages[depth] ??= []).push(byKey.get(key)!);
    for (const to of out.get(key) ?? []) {
      depths.set(to, Math.max(depths.get(to) ?? 0, depth + 1));
    }
  }
  return stages;
}

/** Steps side by side that can be drawn together, two at least. */
export function within(stages: readonly PictureNode[][], isLeaf: IsLeaf): PictureNode[][] {
  return stages.map((nodes) => nodes.filter(isLeaf)).filter(({ length }) => length > 1);
}

/** Of stages of one step each: as many together as are needed to save `needed` boxes, evenly. */
export function across(
  stages: readonly PictureNode[][],
  isLeaf: IsLeaf,
  needed: number,
): PictureNode[][] {
  const runs: PictureNode[][] = [];
  let run: PictureNode[] = [];
  for (const nodes of stages) {
    if (nodes.length === 1 && isLeaf(nodes[0]!)) run.push(nodes[0]!);
    else {
      runs.push(run);
      run = [];
    }
  }
  runs.push(run);
  const all = runs.reduce((sum, { length }) => sum + length, 0);
  const size = Math.max(2, Math.ceil(all / Math.max(1, all - needed)));
  return runs.flatMap((nodes) => {
    const chunks: PictureNode[][] = [];
    for (let at = 0; at < nodes.length; at += size) chunks.push(nodes.slice(at, at + size));
    return chunks.filter(({ length }) => length > 1);
  });
}
