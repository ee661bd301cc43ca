// Which status each box of a picture shows for one run.

import { isStepOver, type StepStatus } from "../../core/status.ts";
import { ANY_ITERATION } from "../definition/children.ts";
import { anyIteration } from "../definition/tree.ts";
import type { DiagramModel, DiagramNode } from "./model.ts";

/** The states of a run's steps by full id, as a status reply holds them. */
export type StepStatuses = Readonly<Record<string, { status: StepStatus }>>;

export interface NodeStatus {
  status: StepStatus;
  /** Inside a loop: how many iterations of this step are over, of how many begun. */
  count?: string;
}

/** What somebody looking at a loop must know first. */
const WORST_FIRST: readonly StepStatus[] = [
  "failed",
  "suspended",
  "retrying",
  "running",
  "scheduled",
  "pending",
  "completed",
  "skipped",
];

/**
 * The status of each node by key. The iterations of a loop's step show as their worst; steps of
 * a branch that was not taken have no state and show as skipped once their parent is over.
 */
export function overlay(model: DiagramModel, statuses: StepStatuses): Map<number, NodeStatus> {
  const iterations = new Map<string, StepStatus[]>();
  for (const [id, { status }] of Object.entries(statuses)) {
    const general = anyIteration(id);
    if (general === id) continue;
    const known = iterations.get(general);
    if (known) known.push(status);
    else iterations.set(general, [status]);
  }
  const shown = new Map<number, NodeStatus>();
  const visit = (node: DiagramNode, parentIsOver: boolean) => {
    const found = node.stepId === undefined ? undefined : find(node.stepId, statuses, iterations);
    const status = found ?? (parentIsOver ? { status: "skipped" as const } : undefined);
    if (status) shown.set(node.key, status);
    const isOver = status !== undefined && isStepOver(status.status);
    for (const group of node.groups) for (const child of group.nodes) visit(child, isOver);
  };
  for (const node of model.nodes) visit(node, false);
  return shown;
}

function find(
  stepId: string,
  statuses: StepStatuses,
  iterations: ReadonlyMap<string, StepStatus[]>,
): NodeStatus | undefined {
  if (Object.hasOwn(statuses, stepId)) return { status: statuses[stepId]!.status };
  if (!stepId.includes(`.${ANY_ITERATION}.`)) return undefined;
  const all = iterations.get(stepId);
  if (!all) return undefined;
  const status = WORST_FIRST.find((worst) => all.includes(worst))!;
  return { status, count: `${all.filter(isStepOver).length}/${all.length}` };
}
