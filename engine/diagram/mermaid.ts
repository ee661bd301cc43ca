// How a picture of a workflow is written as Mermaid text.

import { beneath } from "../../embed/diagram/beneath.ts";
import { PALETTE, PASSED } from "../../embed/diagram/palette.ts";
import {
  allNodes,
  type Picture,
  type PictureEdge,
  type PictureGroup,
  type PictureNode,
} from "../../embed/diagram/picture.ts";
import { visible } from "../../embed/diagram/visible.ts";

/** Brackets around the label, which give the box its shape. */
const SHAPES: Readonly<Record<PictureNode["shape"], readonly [string, string]>> = {
  box: ["[", "]"],
  diamond: ["{", "}"],
  hexagon: ["{{", "}}"],
  stadium: ["([", "])"],
  subroutine: ["[[", "]]"],
  circle: ["((", "))"],
  folded: ["[[", "]]"],
};

const CLASSES = Object.entries(PALETTE).map(([status, { fill, stroke, text, dashed }]) =>
  `classDef ${status} fill:${fill},stroke:${stroke},color:${text}` +
  (dashed ? ",stroke-dasharray:5 5" : "")
);

/** How arrows are drawn that a run has followed, and that it has passed by. */
const WAYS = { taken: "stroke-width:3px", passed: `stroke:${PASSED},color:${PASSED}` } as const;

/**
 * Mermaid flowchart text, the same bytes for the same picture. Ids are generated, all text of the
 * author stands escaped in quoted labels, so no name can break or extend the markup. May pause after
 * each step and edge at the top.
 */
export function* renderMermaid(picture: Picture): Generator<void, string> {
  const groups = { count: 0 };
  const lines = ["graph TD"];
  for (const line of [picture.title, ...picture.notes]) lines.push(`%% ${escaped(line)}`);
  for (const node of picture.nodes) {
    yield;
    for (const line of drawNode(node, groups, "  ")) lines.push(line);
  }
  for (const edge of picture.edges) {
    yield;
    lines.push(`  ${drawEdge(edge)}`);
  }
  for (const { upper, lower } of beneath(picture)) lines.push(`  n${upper} ~~~ n${lower}`);
  for (const line of CLASSES) lines.push(`  ${line}`);
  for (const { key, status } of allNodes(picture.nodes)) {
    if (status) lines.push(`  class n${key} ${status}`);
  }
  for (const way of ["taken", "passed"] as const) {
    const numbers = picture.edges.flatMap((edge, i) => edge.way === way ? [i] : []);
    if (numbers.length > 0) lines.push(`  linkStyle ${numbers.join(",")} ${WAYS[way]}`);
  }
  return lines.join("\n") + "\n";
}

function drawNode(node: PictureNode, groups: { count: number }, indent: string): string[] {
  const [open, close] = SHAPES[node.shape];
  const label = [...node.label, ...(node.remark === undefined ? [] : [node.remark])];
  const text = label.map(escaped).join("<br/>");
  const lines = [`${indent}n${node.key}${open}"${text}"${close}`];
  for (const group of node.groups) lines.push(...drawGroup(group, groups, indent));
  return lines;
}

function drawGroup(group: PictureGroup, groups: { count: number }, indent: string): string[] {
  // An empty group would be drawn as a box that looks like a step.
  if (group.nodes.length === 0) return [];
  return [
    `${indent}subgraph g${groups.count++}["${escaped(group.title)}"]`,
    ...group.nodes.flatMap((node) => drawNode(node, groups, indent + "  ")),
    `${indent}end`,
  ];
}

function drawEdge({ from, to, label, dashed }: PictureEdge): string {
  const arrow = dashed ? "-.->" : "-->";
  const text = label === undefined ? "" : `|"${escaped(label)}"|`;
  return `n${from} ${arrow}${text} n${to}`;
}

/** Everything that Mermaid, its Markdown or the HTML it makes could take for markup. */
const MARKUP = /["#&<>%;`\\$]/g;

const NAMED: Readonly<Record<string, string>> = { '"': "quot", "&": "amp", "<": "lt", ">": "gt" };

function escaped(text: string): string {
  return visible(text).replace(MARKUP, (char) => `#${NAMED[char] ?? char.charCodeAt(0)};`);
}
