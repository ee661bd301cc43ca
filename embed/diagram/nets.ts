// Which arrows share a line: those between the same steps, as all of the first lead to all of the last.

import type { PictureEdge } from "./picture.ts";
import type { Stroke } from "./ascii/canvas.ts";

export interface Net {
  id: number;
  stroke: Stroke;
  label: string;
  sources: number[];
  targets: number[];
}

/** Every arrow belongs to one net, and a net says nothing that its arrows do not. */
export function netsOf(edges: readonly PictureEdge[]): Net[] {
  const bundles = new Map<
    string,
    { source: number; stroke: Stroke; label: string; to: number[] }
  >();
  for (const edge of edges) {
    const stroke = strokeOf(edge);
    const label = edge.label ?? "";
    const key = JSON.stringify([edge.from, stroke, label]);
    const known = bundles.get(key);
    if (!known) bundles.set(key, { source: edge.from, stroke, label, to: [edge.to] });
    else if (!known.to.includes(edge.to)) known.to.push(edge.to);
  }
  const nets = new Map<string, Net>();
  for (const { source, stroke, label, to } of bundles.values()) {
    const targets = to.sort((a, b) => a - b);
    const key = JSON.stringify([stroke, label, targets]);
    const known = nets.get(key);
    if (known) known.sources.push(source);
    else nets.set(key, { id: nets.size + 1, stroke, label, sources: [source], targets });
  }
  return [...nets.values()];
}

/** From so many steps to so many, as all lead to all, arrows meet in a point. */
export function isKnot({ sources, targets }: Net): boolean {
  return sources.length > 1 && targets.length > 1 && sources.length * targets.length > 4;
}

/** How many arrows are drawn where all to all meet in a point. */
export function arrowsOf(edges: readonly PictureEdge[]): number {
  return netsOf(edges).reduce((sum, net) => {
    const { sources: { length: from }, targets: { length: to } } = net;
    return sum + (isKnot(net) ? from + to : from * to);
  }, 0);
}

function strokeOf({ dashed, way }: PictureEdge): Stroke {
  if (way === "taken") return "taken";
  if (way === "passed") return "passed";
  return dashed ? "dashed" : "plain";
}
