// How far each list of a restored run has come, as the statuses of its steps tell.

import { wasGivenUp, wasTakenAlong } from "../state/given-up.ts";
import { stepTypeOf } from "../steps/type.ts";
import { noteFailedList } from "../transition/fail.ts";
import {
  everyStep,
  fallbackOf,
  type RunState,
  type StepList,
  type StepState,
} from "../state/state.ts";

/** Derives what is settled, which lists are over, and who waits for a fallback. */
export function settleRestored(run: RunState): void {
  const known = new Map<StepState, boolean>();
  for (const step of run.steps.slice(0, run.plan.topLevel)) {
    if (!isSettled(step, known)) continue;
    step.settled = true;
    run.graph.unsettled--;
    for (const index of step.plan.dependents) run.openDependencies[index]!--;
  }
  for (const step of everyStep(run)) {
    for (const list of step.inside.lists ?? []) settleList(step, list, known);
    if (step.inside.lists) stepTypeOf(step.plan)?.listsRead?.(step);
    if (step.row.status !== "failed" || step.settled || step.row.detail.forced) continue;
    const fallback = fallbackOf(step);
    if (fallback) (fallback.waiters ??= []).push(step);
  }
}

function settleList(owner: StepState, list: StepList, known: Map<StepState, boolean>): void {
  for (const step of list.steps) {
    if (step.row.status === "completed" && step.row.outputSeq! > (list.last?.row.outputSeq ?? 0)) {
      list.last = step;
    }
    if (!isSettled(step, known)) continue;
    step.settled = true;
    list.unsettled--;
  }
  const isFailed = hasToldOwner(owner) && !goesOn(owner, list) && noteFailedList(list);
  if (!isFailed) list.state = unfailedState(owner, list);
  if (list.state !== "open") owner.inside.openLists--;
}

/** How far a list has come of which no step failed for good. */
function unfailedState(owner: StepState, { steps, index, unsettled }: StepList): StepList["state"] {
  if (steps.some(wasTakenAlong) || (!isOver(owner) && steps.some(hasLost))) return "closed";
  const isEnded = unsettled === 0 && !owner.row.detail.unended?.includes(index);
  return isEnded ? "done" : isOver(owner) ? "closed" : "open";
}

/**
 * Whether the list was reopened beside a fallback that has failed: what called that may have to fail
 * yet, or to be put right. Closed with one whose turn it was, it has its end before it, too.
 */
function goesOn(owner: StepState, { index, steps }: StepList): boolean {
  if (isOver(owner) || !owner.row.detail.unended?.includes(index)) return false;
  const next = steps.find((step) => !step.settled && step.plan.role !== "fallback");
  return next !== undefined && next.row.status !== "failed";
}

/**
 * Whether the step learnt that a list of it failed. It does not when a fallback at the top fails:
 * what called that waits on, for a signal that puts the fallback right.
 */
function hasToldOwner(owner: StepState): boolean {
  return isOver(owner) || owner.row.detail.firstFailed !== undefined;
}

function isOver({ row: { status } }: StepState): boolean {
  return status === "completed" || status === "failed" || status === "skipped";
}

/** Whether another branch has won, whose output the step around it may still be waiting for. */
function hasLost({ row: { status, detail } }: StepState): boolean {
  return status === "skipped" && detail.reason === "race_lost";
}

/** `known`: answers so far. */
function isSettled(step: StepState, known: Map<StepState, boolean>): boolean {
  const passed: StepState[] = [];
  let answer: boolean | undefined;
  for (let at: StepState | null = step; answer === undefined;) {
    if (!at) answer = false;
    else if (at.row.status === "completed" || at.row.status === "skipped") {
      answer = at === step || !wasGivenUp(at);
    } else if (at.row.status !== "failed" || at.row.detail.forced) answer = false;
    else answer = known.get(at);
    if (answer !== undefined) break;
    passed.push(at!);
    at = fallbackOf(at!);
  }
  for (const each of passed) known.set(each, answer);
  return answer;
}
