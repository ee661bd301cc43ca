// What is drawn, whatever the format: boxes with their states, in groups, and the arrows between.

import type { StepStatus } from "../../core/status.ts";

/** Plain JSON: it travels to the thread that lays it out. */
export interface Picture {
  title: string;
  /** What is to be said below it, such as what is not drawn one by one. */
  notes: string[];
  /** Start, the steps in topological order, the hooks, End. */
  nodes: PictureNode[];
  edges: PictureEdge[];
}

export type Shape =
  | "box"
  | "diamond"
  | "hexagon"
  | "stadium"
  | "subroutine"
  | "circle"
  /** Stands for several steps. */
  | "folded";

export interface PictureNode {
  /** Unique in the picture. */
  key: number;
  shape: Shape;
  /** Lines of text; the first names the step. */
  label: string[];
  /** The step's own id. */
  name: string;
  /** Its full id, with `iter_*` for any iteration; absent of what is no step, or several. */
  step?: string;
  status?: StepStatus;
  /** Of what is skipped: the run has ended before it came to it. */
  isNotReached?: true;
  /** How far it is, how long it took, how often it was tried again. */
  remark?: string;
  /** How many steps it stands for; 0 of start and end. */
  holds: number;
  groups: PictureGroup[];
}

/** The steps of one branch, or of a loop's body. */
export interface PictureGroup {
  /** `<parent>: <branch>`. */
  title: string;
  label: string;
  repeats: boolean;
  nodes: PictureNode[];
}

export interface PictureEdge {
  from: number;
  to: number;
  label?: string;
  /** A way that is only taken when something failed, or at the end of a run. */
  dashed?: boolean;
  /** Whether the run went this way, or has passed it by for good; absent while it may still come. */
  way?: "taken" | "passed";
}

/** All boxes, those inside others after these. */
export function* allNodes(nodes: readonly PictureNode[]): Generator<PictureNode> {
  for (const node of nodes) {
    yield node;
    for (const group of node.groups) yield* allNodes(group.nodes);
  }
}
