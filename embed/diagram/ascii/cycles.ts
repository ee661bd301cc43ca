// Which arrows lead on and which lead back: only the first kind says what stands above what.

import type { PictureEdge } from "../picture.ts";

export interface Acyclic {
  /** All keys, each after those that lead to it. */
  order: number[];
  edges: PictureEdge[];
  back: PictureEdge[];
}

/** Arrows are taken as they come; one that closes a ring leads back. */
export function acyclic(keys: readonly number[], edges: readonly PictureEdge[]): Acyclic {
  const out = new Map<number, PictureEdge[]>();
  for (const edge of edges) {
    const known = out.get(edge.from);
    if (known) known.push(edge);
    else out.set(edge.from, [edge]);
  }
  const back = new Set<PictureEdge>();
  const state = new Map<number, "open" | "done">();
  const visit = (start: number) => {
    const path: { key: number; next: number }[] = [{ key: start, next: 0 }];
    state.set(start, "open");
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const edge = out.get(top.key)?.[top.next++];
      if (!edge) {
        state.set(top.key, "done");
        path.pop();
      } else if (state.get(edge.to) === "open") back.add(edge);
      else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        path.push({ key: edge.to, next: 0 });
      }
    }
  };
  for (const key of keys) if (!state.has(key)) visit(key);
  const kept = edges.filter((edge) => !back.has(edge));
  return { order: sorted(keys, kept), edges: kept, back: [...back] };
}

/** By rows: the keys that nothing leads to, then those that only these lead to, in their order. */
function sorted(keys: readonly number[], edges: readonly PictureEdge[]): number[] {
  const missing = new Map(keys.map((key) => [key, 0]));
  const out = new Map<number, number[]>();
  for (const { from, to } of edges) {
    missing.set(to, missing.get(to)! + 1);
    const known = out.get(from);
    if (known) known.push(to);
    else out.set(from, [to]);
  }
  const order: number[] = [];
  let ready = keys.filter((key) => missing.get(key) === 0);
  while (ready.length > 0) {
    order.push(...ready);
    const next = new Set<number>();
    for (const key of ready) {
      for (const to of out.get(key) ?? []) {
        missing.set(to, missing.get(to)! - 1);
        if (missing.get(to) === 0) next.add(to);
      }
    }
    ready = keys.filter((key) => next.has(key));
  }
  return order;
}
