// What is known of where a step of a definition stands: its path, its list, its full id.

import { ANY_ITERATION } from "./child-list.ts";
import type { StepDefinition } from "./types.ts";

export interface StepNode {
  step: StepDefinition;
  path: string;
  /** `parent.<namespace>.<id>`, with `iter_*` for the iterations of loops. */
  fullId: string;
  list: StepList;
  /** Position in its list. */
  index: number;
  children: StepList[];
}

export interface StepList {
  path: string;
  /** The middle part of the full ids of its steps; empty outside of steps. */
  namespace: string;
  /** Top-level steps form a graph, nested ones run in order, a hook stands alone. */
  kind: "graph" | "sequence" | "hook";
  /** Whether it may be run more than once, with loop variables in it. */
  repeats: boolean;
  /** The step that holds this list. */
  parent: StepNode | undefined;
  nodes: StepNode[];
  /** The first node of each id. */
  byId: Map<string, StepNode>;
}

export interface StepTree {
  top: StepList;
  hooks: StepList[];
  /** Every step at every depth, hooks included, in definition order. */
  all: StepNode[];
}

/** A full id as stored, or as written in a reference, with `iter_*` for its iterations. */
export function anyIteration(fullId: string): string {
  return fullId.replace(/(?<=\.)iter_\d+(?=\.)/g, ANY_ITERATION);
}

/** The type of a step; absent means action. */
export function typeOf(step: StepDefinition): string {
  return step.type ?? "action";
}
