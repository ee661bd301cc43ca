// How a parallel step runs its branches, and which of them its answer comes from.

import type { Json } from "../../../core/json.ts";
import type { ParallelPlan } from "../../definition/plan.ts";
import { advanceList, openList } from "../lists.ts";
import { failStep } from "../fail.ts";
import { closeSteps, completeStep } from "../settle.ts";
import { noteStart } from "../start.ts";
import type { StepList, StepState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { valueOf, valuesOf } from "../unsealed.ts";

export function beginParallel(turn: Turn, step: StepState): void {
  const { mode, branches } = step.plan.flow as ParallelPlan;
  noteStart(turn, step);
  step.detail.forked = true;
  turn.event(
    "parallel_started",
    step.id,
    `{"mode":"${mode}","branches":${branches.length}}`,
  );
  for (const [index, plan] of branches.entries()) {
    openList(turn.run, step, { plan, key: `branch_${index}`, index });
  }
  // An empty branch is done at once, and wins a race.
  for (const list of step.lists!) advanceList(turn, list);
}

export function forkDone(turn: Turn, step: StepState, list: StepList): void {
  const { mode } = step.plan.flow as ParallelPlan;
  if (mode === "all") return endWhenAllHave(turn, step);
  for (const loser of step.lists!) {
    if (loser.state === "open") {
      loser.state = "closed";
      step.openLists--;
      closeSteps(turn, loser, "race_lost");
    }
  }
  finish(turn, step, { mode, winner: list.index, output: valueOf(list) });
}

export function forkFailed(turn: Turn, step: StepState, list: StepList): void {
  step.detail.firstFailed ??= list.index;
  turn.changed(step);
  endWhenAllHave(turn, step);
}

/** Branches go on after one has failed; the step ends with the last of them. */
function endWhenAllHave(turn: Turn, step: StepState): void {
  const { mode } = step.plan.flow as ParallelPlan;
  const lists = step.lists!;
  if (step.openLists > 0) return;
  const failed = mode === "race"
    ? lists[step.detail.firstFailed!]!
    : lists.find(({ state }) => state === "failed");
  if (failed) return failStep(turn, step, failed.error!);
  finish(turn, step, { mode, branches: valuesOf(step) });
}

function finish(turn: Turn, step: StepState, output: Json): void {
  turn.event("parallel_completed", step.id, null);
  completeStep(turn, step, output);
}
