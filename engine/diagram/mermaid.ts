// How a picture of a workflow is written as Mermaid text.

import type { DiagramEdge, DiagramGroup, DiagramModel, DiagramNode } from "./model.ts";
import { type NodeStatus, overlay, type StepStatuses } from "./overlay.ts";

/** Brackets around the label, which give the box its shape. */
const SHAPES: Readonly<Record<DiagramNode["shape"], readonly [string, string]>> = {
  box: ["[", "]"],
  diamond: ["{", "}"],
  hexagon: ["{{", "}}"],
  stadium: ["([", "])"],
  subroutine: ["[[", "]]"],
  circle: ["((", "))"],
};

const CLASSES = [
  "classDef completed fill:#2d6a2d,stroke:#1a4a1a,color:#fff",
  "classDef failed fill:#8b1a1a,stroke:#5c0e0e,color:#fff",
  "classDef running fill:#1a5276,stroke:#0e3a52,color:#fff",
  "classDef retrying fill:#6c3483,stroke:#4a235a,color:#fff",
  "classDef suspended fill:#b7791a,stroke:#8a5c14,color:#fff",
  "classDef pending fill:#6b6b6b,stroke:#4a4a4a,color:#fff",
  "classDef scheduled fill:#6b6b6b,stroke:#4a4a4a,color:#fff",
  "classDef skipped fill:#4a4a4a,stroke:#333,color:#aaa,stroke-dasharray:5 5",
];

/**
 * Mermaid flowchart text, the same bytes for the same model and statuses. Ids are generated, all
 * text of the author stands escaped in quoted labels, so no name can break or extend the markup.
 * May pause after each step and edge at the top.
 */
export function* renderMermaid(
  model: DiagramModel,
  statuses?: StepStatuses,
): Generator<void, string> {
  const shown = statuses ? overlay(model, statuses) : new Map<number, NodeStatus>();
  const groups = { count: 0 };
  const drawn: string[] = [];
  for (const node of model.nodes) {
    yield;
    for (const line of drawNode(node, shown, groups, "  ")) drawn.push(line);
  }
  for (const edge of model.edges) {
    yield;
    drawn.push(`  ${drawEdge(edge)}`);
  }
  const lines = [
    "graph TD",
    `%% ${escaped(model.title)}`,
    ...drawn,
    ...CLASSES.map((line) => `  ${line}`),
    ...[...shown].map(([key, { status }]) => `  class n${key} ${status}`),
  ];
  return lines.join("\n") + "\n";
}

function drawNode(
  node: DiagramNode,
  shown: ReadonlyMap<number, NodeStatus>,
  groups: { count: number },
  indent: string,
): string[] {
  const [open, close] = SHAPES[node.shape];
  const count = shown.get(node.key)?.count;
  const label = [...node.label, ...(count === undefined ? [] : [count])];
  const text = label.map(escaped).join("<br/>");
  const lines = [`${indent}n${node.key}${open}"${text}"${close}`];
  for (const group of node.groups) lines.push(...drawGroup(group, shown, groups, indent));
  return lines;
}

function drawGroup(
  group: DiagramGroup,
  shown: ReadonlyMap<number, NodeStatus>,
  groups: { count: number },
  indent: string,
): string[] {
  // An empty group would be drawn as a box that looks like a step.
  if (group.nodes.length === 0) return [];
  return [
    `${indent}subgraph g${groups.count++}["${escaped(group.title)}"]`,
    ...group.nodes.flatMap((node) => drawNode(node, shown, groups, indent + "  ")),
    `${indent}end`,
  ];
}

function drawEdge({ from, to, label, dashed }: DiagramEdge): string {
  const arrow = dashed ? "-.->" : "-->";
  const text = label === undefined ? "" : `|"${escaped(label)}"|`;
  return `n${from} ${arrow}${text} n${to}`;
}

/** Everything that Mermaid, its Markdown or the HTML it makes could take for markup. */
const MARKUP = /["#&<>%;`\\$]/g;

// deno-lint-ignore no-control-regex
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g;

const NAMED: Readonly<Record<string, string>> = { '"': "quot", "&": "amp", "<": "lt", ">": "gt" };

function escaped(text: string): string {
  return text.toWellFormed().replace(INVISIBLE, " ")
    .replace(MARKUP, (char) => `#${NAMED[char] ?? char.charCodeAt(0)};`);
}
