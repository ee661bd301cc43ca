// How the steps of a branch or body follow each other, and what its end means to the step around it.

import type { ErrorObject } from "../../core/errors.ts";
import type { PlanList } from "../definition/plan.ts";
import type { LoopView } from "../interpolate/scope.ts";
import { newList, newStep, stepBytes } from "./new-run.ts";
import { failRun, failStep, workflowError } from "./fail.ts";
import { closeSteps, queue } from "./settle.ts";
import { isUnderWay, type RunState, standInOf, type StepList, type StepState } from "./state.ts";
import { listDone, listFailed } from "./steps/flow.ts";
import type { Turn } from "./turn.ts";

/** Which list of a flow step: its plan, namespace, position, and the loop variables in it. */
export interface Place {
  plan: PlanList;
  key: string;
  index: number;
  loop?: LoopView;
}

/** Makes a list of a flow step with its steps pending; nothing of it starts yet. */
export function openList(run: RunState, owner: StepState, place: Place): StepList {
  const { plan, key, index, loop = owner.list.loop } = place;
  const list = newList(plan, { owner, index, loop });
  const prefix = `${owner.id}.${key}.`;
  for (const step of plan.steps) {
    const id = prefix + step.id;
    const state = newStep(step, list, id);
    const former = run.nested.get(id);
    if (!former) run.share.hold(stepBytes(id));
    state.attempt = former?.attempt ?? run.formerAttempts.get(id) ?? 0;
    list.steps.push(state);
    run.nested.set(id, state);
  }
  list.unsettled = list.steps.length;
  owner.lists ??= [];
  owner.lists[index] = list;
  owner.openLists++;
  return list;
}

/** Starts the step whose turn it is, or ends the list when none is left. */
export function advanceList(turn: Turn, list: StepList): void {
  const { owner, steps } = list;
  if (list.state !== "open" || !isUnderWay(owner!)) return;
  while (list.cursor < steps.length) {
    const step = steps[list.cursor]!;
    if (!step.settled && step.plan.role !== "fallback") return startNext(turn, step);
    list.cursor++;
  }
  // A fallback that a step further in has called may still run.
  if (list.unsettled > 0) return;
  list.state = "done";
  ended(turn, list);
  listDone(turn, owner!, list);
}

/** Queues the step, or the fallback that it waits for if that was put back and is wanted again. */
function startNext(turn: Turn, step: StepState): void {
  const next = standInOf(step);
  if (next?.status === "pending" && next.busy === "") queue(turn, next);
}

function ended(turn: Turn, list: StepList): void {
  const owner = list.owner!;
  owner.openLists--;
  const { unended } = owner.detail;
  if (!unended) return;
  const left = unended.filter((index) => index !== list.index);
  if (left.length > 0) owner.detail.unended = left;
  else delete owner.detail.unended;
  turn.changed(owner);
}

/** What a failed step that nothing handles means to those around it. */
export interface Failing {
  /** No handler around the step applies. */
  forced?: boolean;
  /** Everything else under way is given up. */
  abort?: boolean;
}

/** A step of the list has failed, and nothing handles that. */
export function failList(turn: Turn, step: StepState, cause: ErrorObject, how: Failing): void {
  const { list } = step;
  const { owner } = list;
  const error = workflowError(step, cause);
  if (owner === null) return failRun(turn, error, how.abort ? step : null);
  if (list.state !== "open" || !isUnderWay(owner)) return;
  list.state = "failed";
  list.error = error;
  ended(turn, list);
  // A step whose fallback has failed may still be under way around the one that called it.
  closeSteps(turn, list, "parent_failed");
  if (how.forced) return failStep(turn, owner, error, how);
  listFailed(turn, owner, list, error);
}
