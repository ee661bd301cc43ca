// How a picture is told to Graphviz: boxes, clusters and arrows with their looks.

import type { Graph, SubgraphStatement } from "./graphviz.ts";
import { type Beneath, beneath } from "./beneath.ts";
import { isKnot, type Net, netsOf } from "./nets.ts";
import { DRAWN, PASSED } from "./palette.ts";
import type { Picture, PictureEdge, PictureNode, Shape } from "./picture.ts";
import { visible } from "./visible.ts";
import { columnsOf, glyphs } from "./ascii/width.ts";

type Attributes = Record<string, string>;

/** Graphviz knows its widths; Arimo, which has the same, is what is drawn. */
const FONT = "Arial";
const FONT_SIZE = 12;
/** Rounds of the search for the best places, for each box: more cost seconds and change little. */
const PATIENCE = "3";
/** Of a letter at large, in ems, in fonts that are likely to stand in. */
const WIDEST = 0.6;
/** Shapes that have no room to spare on the left and the right of their text. */
const TIGHT: ReadonlySet<Shape> = new Set<Shape>(["box", "subroutine", "folded"]);
const INK = "#1f2933";

const SHAPES: Readonly<Record<Shape, Attributes>> = {
  box: { shape: "box", style: "filled,rounded" },
  diamond: { shape: "diamond", margin: "0.02,0.02" },
  hexagon: { shape: "hexagon", margin: "0.08,0.06" },
  stadium: { shape: "ellipse", margin: "0.04,0.04" },
  subroutine: { shape: "box", peripheries: "2" },
  circle: { shape: "circle", width: "0.5", fixedsize: "true", fontsize: "10" },
  folded: { shape: "box3d", margin: "0.2,0.08" },
};

/** Of steps without a state. */
const PLAIN = { fill: "#eef2f7", stroke: "#44546a", text: INK };
const CIRCLE = { fill: "#ffffff", stroke: "#44546a", text: INK };

export function graphOf(picture: Picture): Graph {
  const clusters = { count: 0 };
  const below = [picture.title, ...picture.notes].map((line) => spaced(escaped(line))).join("\n");
  const { nodes, subgraphs } = statements(picture.nodes, clusters);
  const { knots, arrows } = knotted(picture.edges);
  return {
    directed: true,
    graphAttributes: {
      rankdir: "TB",
      bgcolor: "#ffffff",
      fontname: FONT,
      fontsize: "13",
      fontcolor: INK,
      label: below,
      labelloc: "b",
      nodesep: "0.3",
      ranksep: "0.4",
      pad: "0.15",
      nslimit: PATIENCE,
      nslimit1: PATIENCE,
    },
    nodeAttributes: { fontname: FONT, fontsize: String(FONT_SIZE), style: "filled" },
    edgeAttributes: {
      fontname: FONT,
      fontsize: "10",
      color: PLAIN.stroke,
      fontcolor: PLAIN.stroke,
      arrowsize: "0.7",
    },
    nodes: [...nodes, ...knots],
    subgraphs,
    edges: [...arrows, ...beneath(picture).map(hidden)],
  };
}

function hidden({ upper, lower }: Beneath) {
  return { tail: `n${upper}`, head: `n${lower}`, attributes: { style: "invis" } };
}

function knotted(edges: readonly PictureEdge[]) {
  const looks = { shape: "point", width: "0.06", color: PLAIN.stroke, fillcolor: PLAIN.stroke };
  const nets = netsOf(edges).filter(isKnot);
  const inKnot = new Map<string, Net>();
  for (const net of nets) {
    for (const from of net.sources) for (const to of net.targets) inKnot.set(`${from} ${to}`, net);
  }
  const arrows: NonNullable<Graph["edges"]> = [];
  const done = new Set<string>();
  for (const edge of edges) {
    const net = inKnot.get(`${edge.from} ${edge.to}`);
    const attributes = edgeLooks(edge);
    if (!net) {
      arrows.push({ tail: `n${edge.from}`, head: `n${edge.to}`, attributes });
      continue;
    }
    const knot = `k${net.id}`;
    const add = (tail: string, head: string, more: Attributes) => {
      if (done.has(`${tail} ${head}`)) return;
      done.add(`${tail} ${head}`);
      arrows.push({ tail, head, attributes: { ...attributes, ...more } });
    };
    add(`n${edge.from}`, knot, { arrowhead: "none", label: "" });
    add(knot, `n${edge.to}`, {});
  }
  return { knots: nets.map(({ id }) => ({ name: `k${id}`, attributes: looks })), arrows };
}

function statements(nodes: readonly PictureNode[], clusters: { count: number }) {
  const subgraphs: SubgraphStatement[] = [];
  for (const node of nodes) {
    for (const group of node.groups) {
      if (group.nodes.length === 0) continue;
      const name = `cluster_${clusters.count++}`;
      subgraphs.push({
        name,
        graphAttributes: {
          label: escaped(group.title),
          // A cluster in a cluster inherits none.
          fontname: FONT,
          labeljust: "l",
          // Arrows come in from above.
          labelloc: "b",
          style: "dashed,rounded",
          color: "#8896a8",
          fontcolor: "#56657a",
          fontsize: "10",
          margin: "10",
        },
        ...statements(group.nodes, clusters),
      });
    }
  }
  return {
    nodes: nodes.map((node) => ({ name: `n${node.key}`, attributes: nodeLooks(node) })),
    subgraphs,
  };
}

function nodeLooks(node: PictureNode): Attributes {
  const { fill, stroke, text, dashed } = {
    dashed: undefined,
    ...(node.status ? DRAWN[node.status] : node.shape === "circle" ? CIRCLE : PLAIN),
  };
  const lines = [...labelOf(node), ...standingOf(node)];
  const looks: Attributes = { ...SHAPES[node.shape] };
  const style = looks.style ?? "filled";
  return {
    ...looks,
    id: `n${node.key}`,
    class: node.status ?? "plain",
    label: lines.map(escaped).join("\n"),
    fillcolor: fill,
    color: stroke,
    fontcolor: text,
    style: dashed ? `${style},dashed` : style,
    ...(TIGHT.has(node.shape) && { width: String(inchesOf(lines.map(spelt))) }),
  };
}

/** In words, since colours alone do not tell everybody: `completed, 450ms`. */
function standingOf({ status, isNotReached, remark }: PictureNode): string[] {
  const word = isNotReached ? "not reached" : status;
  const told = [word, remark].filter(Boolean).join(", ");
  return told === "" ? [] : [told];
}

/** What stands in one line makes a diamond or an ellipse far too wide. */
function labelOf({ shape, label, name }: PictureNode): string[] {
  const [first = "", ...rest] = label;
  if (TIGHT.has(shape) || !first.startsWith(`${name} (`)) return label;
  return [name, first.slice(name.length + 1), ...rest];
}

function edgeLooks({ label, dashed, way }: PictureEdge): Attributes {
  return {
    class: [way ?? "open", ...(dashed ? ["dashed"] : [])].join(" "),
    ...(label !== undefined && { label: `  ${escaped(label)} ` }),
    ...(dashed && { style: "dashed" }),
    ...(way === "taken" && { penwidth: "2.6", color: INK }),
    ...(way === "passed" && { color: PASSED, fontcolor: PASSED }),
  };
}

/** Neither Graphviz's escapes nor its entities. */
function escaped(text: string): string {
  return spelt(text).replace(/&/g, "&amp;").replace(/\\/g, "\\\\");
}

/** As it is drawn: the font has no arrow that turns. */
function spelt(text: string): string {
  return visible(text).replace(/↻(\d+)/g, "retry ×$1");
}

/** Room at both ends for a wider font: what stands below may be the widest of all. */
function spaced(text: string): string {
  const space = " ".repeat(Math.ceil(text.length / 8));
  return space + text + space;
}

/**
 * Graphviz takes what it does not know for spaces, and where there is no font of Arial's widths the
 * next one is wider.
 */
function inchesOf(lines: readonly string[]): number {
  const ems = lines.map((line) =>
    glyphs(line).reduce((sum, glyph) => sum + (columnsOf(glyph) === 2 ? 1.05 : WIDEST), 0)
  );
  return Math.round((Math.max(...ems) * FONT_SIZE / 72 + 0.15) * 100) / 100;
}
