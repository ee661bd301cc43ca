// What a picture of a workflow shows, whatever the format: nodes, groups and edges.

import type { StepType } from "../steps/type.ts";

export interface DiagramNode {
  /** Position in the order of drawing, unique in the picture. */
  key: number;
  shape: StepType["shape"] | "circle";
  /** Whether one of its groups runs and the others never do. */
  chooses: boolean;
  /** Lines of text; the first names the step. */
  label: string[];
  /** The step's own id. */
  name: string;
  /** Full id, with `iter_*` for iterations; undefined for start and end. */
  stepId?: string;
  groups: DiagramGroup[];
}

/** The steps of one branch, or of a loop's body. */
export interface DiagramGroup {
  /** `<parent>: <branch>`. */
  title: string;
  /** The branch key, `default`, `branch_<n>` or `body`. */
  label: string;
  /** Whether it may be run more than once. */
  repeats: boolean;
  nodes: DiagramNode[];
}

export interface DiagramEdge {
  from: number;
  to: number;
  label?: string;
  /** A way that is only taken when something failed, or at the end of a run. */
  dashed?: boolean;
}

export interface DiagramModel {
  title: string;
  /** Start, the top-level steps in topological order, the hooks, End. */
  nodes: DiagramNode[];
  edges: DiagramEdge[];
}

/** All nodes, those inside others after these. */
export function* nodesOf(nodes: readonly DiagramNode[]): Generator<DiagramNode> {
  for (const node of nodes) {
    yield node;
    for (const group of node.groups) yield* nodesOf(group.nodes);
  }
}
