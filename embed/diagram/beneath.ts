// What is drawn below all that a step holds, although no arrow says so: whatever follows the step.

import { allNodes, type Picture, type PictureNode } from "./picture.ts";

export interface Beneath {
  upper: number;
  lower: number;
}

/** More order would cost more than it helps. */
const MOST = 40;

/** Pairs of a last step inside another one and a step that follows the other one. */
export function beneath({ nodes, edges }: Picture): Beneath[] {
  const followers = new Map<number, number[]>();
  for (const { from, to, dashed, label } of edges) {
    if (dashed || label !== undefined) continue;
    const known = followers.get(from);
    if (known) known.push(to);
    else followers.set(from, [to]);
  }
  const pairs: Beneath[] = [];
  for (const node of allNodes(nodes)) {
    for (const upper of lastOf(node)) {
      for (const lower of followers.get(node.key) ?? []) {
        if (pairs.length === MOST) return pairs;
        pairs.push({ upper, lower });
      }
    }
  }
  return pairs;
}

/** The last step of each branch, and of what that one holds itself. */
function lastOf({ groups }: PictureNode): number[] {
  return groups.flatMap(({ nodes }) => {
    const last = nodes.at(-1);
    if (last === undefined) return [];
    const inside = lastOf(last);
    return inside.length > 0 ? inside : [last.key];
  });
}
