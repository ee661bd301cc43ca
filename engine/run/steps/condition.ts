// How a condition chooses its branch, and what it answers when the branch is over.

import type { ErrorObject } from "../../../core/errors.ts";
import { plainText } from "../../../core/text.ts";
import type { ConditionPlan, PlanList } from "../../definition/plan.ts";
import { openList, type Place } from "../lists.ts";
import { scopeFor } from "../scope.ts";
import { failStep } from "../fail.ts";
import { completeStep } from "../settle.ts";
import { noteStart } from "../note-start.ts";
import type { StepList, StepState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { valueOf } from "../unsealed.ts";
import { endIfDone } from "./done.ts";
import type { StepType } from "./type.ts";

function begin(turn: Turn, step: StepState): void {
  const flow = step.plan.flow as ConditionPlan;
  const key = plainText(flow.expression.evaluate(scopeFor(turn.run, step)));
  noteStart(turn, step);
  if (flow.branches.has(key)) step.detail.branch = key;
  else if (flow.otherwise) step.detail.otherwise = true;
  turn.eventWith("condition_evaluated", step.id, {
    expression: flow.expression.source,
    result: key,
  });
  const branch = branchOf(step);
  if (!branch) return completeStep(turn, step, { branch: key, skipped: true });
  if (branch.plan.steps.length === 0) return completeStep(turn, step, { branch: key });
  const list = openList(turn.run, step, { ...branch, index: 0 });
  turn.agenda.add({ kind: "list_moves", list });
}

/** The branch that the step has chosen, if there is one. */
function branchOf(step: StepState): { key: string; plan: PlanList } | undefined {
  const flow = step.plan.flow as ConditionPlan;
  const { branch, otherwise } = step.detail;
  if (otherwise) return { key: "default", plan: flow.otherwise! };
  return branch === undefined ? undefined : { key: branch, plan: flow.branches.get(branch)! };
}

function branchDone(turn: Turn, step: StepState, list: StepList): void {
  completeStep(turn, step, { branch: branchOf(step)!.key, output: valueOf(list) });
}

function branchFailed(turn: Turn, step: StepState, _list: StepList, error: ErrorObject): void {
  failStep(turn, step, error);
}

function places(step: StepState): Place[] | null {
  const branch = branchOf(step);
  return branch && branch.plan.steps.length > 0 ? [{ ...branch, index: 0 }] : null;
}

export const condition: StepType = {
  begin,
  goOn: (turn, step) => endIfDone(turn, step, branchDone),
  listDone: branchDone,
  listFailed: branchFailed,
  places,
};
