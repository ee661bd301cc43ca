// Which step type does what when it begins, goes on, and when one of its lists ends.

import { type ErrorObject, OpcodeError } from "../../../core/errors.ts";
import { NotYet } from "../../../core/expression.ts";
import { failStep } from "../fail.ts";
import { advanceList, type Place } from "../lists.ts";
import { park } from "../park.ts";
import { isUnderWay, type StepList, type StepState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { beginCondition, branchDone, branchFailed, branchOf } from "./condition.ts";
import { beginLoop, continueLoop, iterationDone, iterationFailed, iterationPlace } from "./loop.ts";
import { beginParallel, forkDone, forkFailed } from "./parallel.ts";
import { askDecision } from "./reasoning.ts";
import { beginWait } from "./wait.ts";

/**
 * Begins an attempt of a step that is no action; its `step_started` is written here, because a
 * loop's names its items. What it throws fails the attempt.
 */
export function beginFlow(turn: Turn, step: StepState): void {
  switch (step.plan.flow!.kind) {
    case "condition":
      return beginCondition(turn, step);
    case "loop":
      return beginLoop(turn, step);
    case "parallel":
      return beginParallel(turn, step);
    case "wait":
      return beginWait(turn, step);
    case "reasoning":
      return askDecision(turn, step);
  }
}

/** Lets what is inside a step that is under way go on. */
export function continueFlow(turn: Turn, step: StepState): void {
  for (const list of step.lists ?? []) advanceList(turn, list);
  if (step.plan.flow!.kind === "loop") return openly(turn, step, () => continueLoop(turn, step));
  // What a list has come to was not in memory when it ended.
  const ended = isUnderWay(step) && step.busy === "" &&
    step.lists?.find(({ state }) => state === "done");
  if (ended) listDone(turn, step, ended);
}

/** What a step comes to may hold secrets and the vault be locked: then the step fails. */
function openly(turn: Turn, step: StepState, act: () => void): void {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof NotYet) return park(turn, step, thrown);
    if (!(thrown instanceof OpcodeError)) throw thrown;
    failStep(turn, step, thrown.toJSON());
  }
}

/** All steps of one list of the step are settled. */
export function listDone(turn: Turn, step: StepState, list: StepList): void {
  openly(turn, step, () => endList(turn, step, list));
}

function endList(turn: Turn, step: StepState, list: StepList): void {
  switch (step.plan.flow!.kind) {
    case "condition":
      return branchDone(turn, step, list);
    case "loop":
      return iterationDone(turn, step, list);
    case "parallel":
      return forkDone(turn, step, list);
  }
}

/** One list of the step has failed; `error` is what the step would fail with. */
export function listFailed(turn: Turn, step: StepState, list: StepList, error: ErrorObject): void {
  switch (step.plan.flow!.kind) {
    case "condition":
      return branchFailed(turn, step, error);
    case "loop":
      return iterationFailed(turn, step, list);
    case "parallel":
      return forkFailed(turn, step, list);
  }
}

/** Where the lists stand that a step has opened so far, as its detail tells; null before any. */
export function placesOf(step: StepState): Place[] | null {
  const flow = step.plan.flow!;
  const { next, forked } = step.detail;
  switch (flow.kind) {
    case "condition": {
      const branch = branchOf(step);
      return branch && branch.plan.steps.length > 0 ? [{ ...branch, index: 0 }] : null;
    }
    case "parallel":
      if (!forked) return null;
      return flow.branches.map((plan, index) => ({ plan, key: `branch_${index}`, index }));
    case "loop":
      if (next === undefined) return null;
      return Array.from({ length: next }, (_, index) => iterationPlace(step, index));
    default:
      return null;
  }
}
