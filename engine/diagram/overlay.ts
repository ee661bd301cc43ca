// Which status each box of a picture shows for one run.

import { isStepOver, type StepStatus } from "../../core/status.ts";
import { ANY_ITERATION } from "../definition/child-list.ts";
import { anyIteration } from "../definition/node.ts";
import type { DiagramGroup, DiagramModel, DiagramNode } from "./model.ts";

/** The states of a run's steps by full id, as a status reply holds them. */
export type StepStatuses = Readonly<Record<string, StepStanding>>;

export interface StepStanding {
  status: StepStatus;
  durationMs?: number | null;
  /** How often it was tried again. */
  retries?: number;
}

export interface NodeStatus {
  status: StepStatus;
  /** Of what is skipped: the run, or what holds it, ended before it was come to. */
  isNotReached?: true;
  /** Inside a loop: how many iterations of this step are over, of how many begun. */
  count?: string;
  /** Of a step that is not in a loop: how long it took. */
  ms?: number;
  /** How often it was tried again, in a loop in all iterations. */
  retries?: number;
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

/** The status that one box shows of several; undefined of none. */
export function worstOf(all: readonly StepStatus[]): StepStatus | undefined {
  return WORST_FIRST.find((worst) => all.includes(worst));
}

/**
 * The status of each node by key. The iterations of a loop's step show as their worst; those that
 * have not come to it yet are pending. Steps of a branch that was not taken have no state and show
 * as skipped once the branch is chosen or their parent is over, and so does all that has not begun
 * when the run has `ended`.
 */
export function overlay(
  model: DiagramModel,
  statuses: StepStatuses,
  ended = false,
): Map<number, NodeStatus> {
  const iterations = new Map<string, StepStanding[]>();
  for (const [id, standing] of Object.entries(statuses)) {
    const general = anyIteration(id);
    if (general === id) continue;
    const known = iterations.get(general);
    if (known) known.push(standing);
    else iterations.set(general, [standing]);
  }
  const shown = new Map<number, NodeStatus>();
  const standingsOf = ({ stepId }: DiagramNode): readonly StepStanding[] => {
    if (stepId === undefined) return [];
    if (Object.hasOwn(statuses, stepId)) return [statuses[stepId]!];
    return iterations.get(stepId) ?? [];
  };
  const statesOf = (node: DiagramNode) => standingsOf(node).map(({ status }) => status);
  /** `over`: why what has no state gets none any more; `begun`: how often the list of the node has been begun, as far as it matters. */
  const visit = (node: DiagramNode, over: Over, begun: number) => {
    const states = statesOf(node);
    const missing = Math.max(0, begun - states.length);
    const all = [...states, ...Array<StepStatus>(missing).fill("pending")];
    const status = worstOf(all);
    const inLoop = node.stepId?.includes(`.${ANY_ITERATION}.`);
    if (status) {
      const count = inLoop && { count: `${all.filter(isStepOver).length}/${all.length}` };
      shown.set(node.key, { status, ...count, ...effort(standingsOf(node), !inLoop) });
    } else if (over) {
      shown.set(node.key, { status: "skipped", ...(over === "ended" && { isNotReached: true }) });
    }
    const overIn = status === undefined ? over : overBy(status);
    const begunIn = ({ nodes }: DiagramGroup) =>
      Math.max(0, ...nodes.map((child) => statesOf(child).length));
    const isChosen = node.chooses && !inLoop && node.groups.some(begunIn);
    for (const group of node.groups) {
      const times = begunIn(group);
      const overHere = isChosen && times === 0 ? "passed" : overIn;
      const due = group.repeats && !overIn ? times : 0;
      for (const child of group.nodes) visit(child, overHere, due);
    }
  };
  for (const node of model.nodes) if (node.stepId !== undefined) visit(node, ended && "ended", 0);
  return shown;
}

/** Why a step without a state gets none: another way was taken, or all ended before it. */
type Over = "passed" | "ended" | false;

function overBy(status: StepStatus): Over {
  if (!isStepOver(status)) return false;
  return status === "failed" ? "ended" : "passed";
}

function effort(standings: readonly StepStanding[], isOnce: boolean | undefined) {
  const retries = standings.reduce((sum, { retries = 0 }) => sum + retries, 0);
  const ms = isOnce ? standings[0]?.durationMs : undefined;
  return { ...(ms && { ms }), ...(retries > 0 && { retries }) };
}
