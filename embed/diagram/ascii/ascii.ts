// How a picture of a workflow is drawn in characters.

import type { Picture, PictureEdge, PictureNode } from "../picture.ts";
import { arrange } from "./arrange.ts";
import { visible } from "../visible.ts";
import { fitted } from "./width.ts";

/** Columns that a drawing keeps to, unless steps are nested so deeply that it cannot. */
export const COLUMNS = 120;

/** The same characters for the same picture; no line ends with a space. */
export function drawAscii(picture: Picture): string {
  const lists = listsOf(picture);
  const back: PictureEdge[] = [];
  const { block } = arrange(picture.nodes, COLUMNS, {
    edgesOf: (nodes) => lists.edges.get(nodes[0]!.key) ?? [],
    back: (edges) => back.push(...edges),
  });
  const drawing = block.map((row) => row.join("").trimEnd());
  const told = [
    ...back.map((edge) => toldOf(edge, lists.names)),
    ...legendOf(picture),
    ...picture.notes,
  ];
  const title = fitted(visible(picture.title), COLUMNS - 8);
  return [`=== ${title} ===`, "", ...drawing, ...(told.length > 0 ? ["", ...told] : [])]
    .join("\n") + "\n";
}

interface Lists {
  /** The arrows in a list, by the key of its first step. */
  edges: Map<number, PictureEdge[]>;
  names: Map<number, string>;
}

/** Each arrow belongs to the innermost list that holds both its ends, in or as one of its steps. */
function listsOf(picture: Picture): Lists {
  const names = new Map<number, string>();
  /** For each step: itself and those that hold it, with the list of each; the outermost first. */
  const paths = new Map<number, { key: number; list: number }[]>();
  const visit = (nodes: readonly PictureNode[], above: { key: number; list: number }[]) => {
    for (const node of nodes) {
      names.set(node.key, node.name);
      const path = [...above, { key: node.key, list: nodes[0]!.key }];
      paths.set(node.key, path);
      for (const group of node.groups) visit(group.nodes, path);
    }
  };
  visit(picture.nodes, []);
  const edges = new Map<number, PictureEdge[]>();
  const seen = new Set<string>();
  for (const edge of picture.edges) {
    const [from, to] = [paths.get(edge.from)!, paths.get(edge.to)!];
    const at = from.findIndex(({ key }, i) => to[i]?.key !== key);
    // From a step to one that it holds: the box shows it.
    if (at < 0 || to[at] === undefined || from[at]!.list !== to[at]!.list) continue;
    const lifted = { ...edge, from: from[at]!.key, to: to[at]!.key };
    const id = JSON.stringify([lifted.from, lifted.to, lifted.label, lifted.dashed]);
    if (seen.has(id)) continue;
    seen.add(id);
    const list = from[at]!.list;
    const known = edges.get(list);
    if (known) known.push(lifted);
    else edges.set(list, [lifted]);
  }
  return { edges, names };
}

function toldOf({ from, to, label }: PictureEdge, names: ReadonlyMap<number, string>): string {
  const why = label === undefined ? "" : ` (${label})`;
  return fitted(visible(`back: ${names.get(from)} → ${names.get(to)}${why}`), COLUMNS);
}

/** Says what the strokes mean that occur. */
function legendOf({ edges }: Picture): string[] {
  const some = (is: (edge: PictureEdge) => boolean, text: string) => edges.some(is) ? [text] : [];
  const strokes = [
    ...some(({ way }) => way === "taken", "━ the way taken"),
    ...some(({ way }) => way === "passed", "┈ passed by"),
    ...some(({ dashed, way }) => dashed === true && !way, "╌ only then"),
  ];
  return strokes.length > 0 ? [strokes.join("   ")] : [];
}
