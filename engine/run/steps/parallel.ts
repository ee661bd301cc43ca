// How a parallel step runs its branches, and which of them its answer comes from.

import type { Json } from "../../../core/json.ts";
import type { ParallelPlan } from "../../definition/plan.ts";
import { openList, type Place } from "../lists.ts";
import { failStep } from "../fail.ts";
import { closeSteps, completeStep } from "../settle.ts";
import { noteStart } from "../note-start.ts";
import type { StepList, StepState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { valueOf, valuesOf } from "../unsealed.ts";
import { endIfDone } from "./done.ts";
import type { StepType } from "./type.ts";

function begin(turn: Turn, step: StepState): void {
  const { mode, branches } = step.plan.flow as ParallelPlan;
  noteStart(turn, step);
  step.detail.forked = true;
  turn.event(
    "parallel_started",
    step.id,
    `{"mode":"${mode}","branches":${branches.length}}`,
  );
  for (const place of placesOf(branches)) openList(turn.run, step, place);
  // An empty branch is done at once, and wins a race.
  for (const list of step.lists!) turn.agenda.add({ kind: "list_moves", list });
}

function forkDone(turn: Turn, step: StepState, list: StepList): void {
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

function forkFailed(turn: Turn, step: StepState, list: StepList): void {
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

function placesOf(branches: ParallelPlan["branches"]): Place[] {
  return branches.map((plan, index) => ({ plan, key: `branch_${index}`, index }));
}

function places({ plan, detail }: StepState): Place[] | null {
  return detail.forked ? placesOf((plan.flow as ParallelPlan).branches) : null;
}

export const parallel: StepType = {
  begin,
  goOn: (turn, step) => endIfDone(turn, step, forkDone),
  listDone: forkDone,
  listFailed: forkFailed,
  places,
};
