// How far each list of a restored run has come, as the statuses of its steps tell.

import { wasGivenUp, wasTakenAlong } from "./reset.ts";
import { workflowError } from "./fail.ts";
import {
  everyStep,
  fallbackOf,
  isUnhandled,
  type RunState,
  type StepList,
  type StepState,
} from "./state.ts";

/** Derives what is settled, which lists are over, and who waits for a fallback. */
export function settleRestored(run: RunState): void {
  for (const step of run.steps.slice(0, run.plan.topLevel)) {
    if (!isSettled(step)) continue;
    step.settled = true;
    run.graph.unsettled--;
    for (const index of step.plan.dependents) run.openDependencies[index]!--;
  }
  for (const step of everyStep(run)) {
    for (const list of step.lists ?? []) settleList(step, list);
    if (step.status !== "failed" || step.settled || step.detail.forced) continue;
    const fallback = fallbackOf(step);
    if (fallback) (fallback.waiters ??= []).push(step);
  }
}

function settleList(owner: StepState, list: StepList): void {
  for (const step of list.steps) {
    if (step.status === "completed" && step.outputSeq! > (list.last?.outputSeq ?? 0)) {
      list.last = step;
    }
    if (!isSettled(step)) continue;
    step.settled = true;
    list.unsettled--;
  }
  const failed = list.steps.find(isUnhandled);
  if (failed) {
    list.state = "failed";
    list.error = workflowError(failed, failed.error!);
  } else if (list.steps.some(wasTakenAlong)) {
    list.state = "closed";
  } else if (list.unsettled === 0) {
    list.state = owner.detail.reopened?.includes(list.index) ? "open" : "done";
  } else if (isOver(owner)) {
    list.state = "closed";
  }
  if (list.state !== "open") owner.openLists--;
}

function isOver({ status }: StepState): boolean {
  return status === "completed" || status === "failed" || status === "skipped";
}

function isSettled(step: StepState): boolean {
  if (step.status === "completed" || step.status === "skipped") return true;
  if (step.status !== "failed" || step.detail.forced) return false;
  const fallback = fallbackOf(step);
  return fallback !== null && isSettled(fallback) && !wasGivenUp(fallback);
}
