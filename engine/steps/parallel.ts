// What a parallel step is: one that runs its branches together, and answers with all or the first.

import type { Json, JsonObject } from "../../core/json.ts";
import { type ChildList, childList } from "../definition/child-list.ts";
import type { StepNode } from "../definition/node.ts";
import type { Report } from "../definition/report.ts";
import type { PlanList } from "../definition/plan.ts";
import { CLOSED, type Rule, STEPS } from "../definition/rule.ts";
import type { StepDefinition } from "../definition/types.ts";
import { openList } from "../transition/lists.ts";
import type { Place } from "../state/place.ts";
import { failStep } from "../transition/fail.ts";
import { closeSteps, completeStep } from "../transition/settle.ts";
import { noteStart } from "../transition/note-start.ts";
import type { StepList, StepState } from "../state/state.ts";
import type { Turn } from "../transition/turn.ts";
import { valueOf, valuesOf } from "../state/unsealed.ts";
import { endIfDone } from "../transition/list-done.ts";
import type { StepType } from "./type.ts";

declare module "../state/state.ts" {
  interface StepDetail {
    /** Whether its lists have been opened. */
    forked?: boolean;
  }
}

export interface ParallelConfig {
  branches: StepDefinition[][];
  mode?: "all" | "race";
}

const CONFIG: Rule & { title: string } = {
  ...CLOSED,
  title: "Parallel",
  description: "Starts all branches together.",
  required: ["branches"],
  properties: {
    branches: {
      description: "Lists of steps; each list runs in order.",
      type: "array",
      minItems: 1,
      items: STEPS,
    },
    mode: {
      description: "all waits for every branch, race takes the first that succeeds.",
      enum: ["all", "race"],
      default: "all",
    },
  },
};

function* lists({ branches }: JsonObject): Generator<ChildList> {
  if (!Array.isArray(branches)) return;
  for (const [n, steps] of branches.entries()) {
    yield childList(["branches", n], `branch_${n}`, steps);
  }
}

/** A race that is none, and one that is over before it begins. */
function check({ step, path }: StepNode, { report }: { report: Report }): void {
  const { branches, mode } = step.config as unknown as ParallelConfig;
  if (mode !== "race") return;
  if (branches.length === 1) {
    report.warn(
      `${path}.config.mode`,
      '"race" has a single branch, which always wins: write a second list into branches',
    );
  }
  const empty = branches.findIndex(({ length }) => length === 0);
  if (empty < 0 || branches.length === 1) return;
  report.warn(
    `${path}.config.branches[${empty}]`,
    "has no steps, so it wins the race at once: take it out",
  );
}

interface ParallelPlan {
  mode: "all" | "race";
  branches: readonly PlanList[];
}

function begin(turn: Turn, step: StepState): void {
  const { mode, branches } = step.plan.config as ParallelPlan;
  noteStart(turn, step);
  step.row.detail.forked = true;
  turn.event(
    "parallel_started",
    step.id,
    `{"mode":"${mode}","branches":${branches.length}}`,
  );
  for (const place of placesOf(branches)) openList(turn.run, step, place);
  // An empty branch is done at once, and wins a race.
  for (const list of step.inside.lists!) turn.agenda.add({ kind: "list_moves", list });
}

function forkDone(turn: Turn, step: StepState, list: StepList): void {
  const { mode } = step.plan.config as ParallelPlan;
  if (mode === "all") return endWhenAllHave(turn, step);
  for (const loser of losersOf(step)) closeSteps(turn, loser, "race_lost");
  finish(turn, step, { mode, winner: list.index, output: valueOf(list) });
}

/** Closes the branches that are open still, which have lost. */
function losersOf(step: StepState): StepList[] {
  const losers = step.inside.lists!.filter(({ state }) => state === "open");
  for (const loser of losers) loser.state = "closed";
  step.inside.openLists -= losers.length;
  return losers;
}

/** A race that is won may wait for the winner's output still; what has lost has no row that says so. */
function listsRead(step: StepState): void {
  const { mode } = step.plan.config as ParallelPlan;
  if (mode === "race" && step.inside.lists!.some(({ state }) => state === "done")) losersOf(step);
}

function forkFailed(turn: Turn, step: StepState, list: StepList): void {
  step.row.detail.firstFailed ??= list.index;
  turn.changed(step);
  endWhenAllHave(turn, step);
}

/** Branches go on after one has failed; the step ends with the last of them. */
function endWhenAllHave(turn: Turn, step: StepState): void {
  const { mode } = step.plan.config as ParallelPlan;
  const lists = step.inside.lists!;
  if (step.inside.openLists > 0) return;
  const failed = mode === "race"
    ? lists[step.row.detail.firstFailed!]!
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

function places({ plan, row: { detail } }: StepState): Place[] | null {
  return detail.forked ? placesOf((plan.config as ParallelPlan).branches) : null;
}

export const parallel: StepType<ParallelConfig> = {
  name: "parallel",
  config: CONFIG,
  summary: "{branches: [[Step]]} → {mode, branches: [outputs]}; mode: race → " +
    "{mode, winner: index, output}",
  lists,
  check,
  outputs: ({ mode }) => mode === "race" ? ["mode", "winner", "output"] : ["mode", "branches"],
  outputTypes: () => ({ mode: { type: "string" }, winner: { type: "integer" } }),
  given: ({ mode }, list) => mode === "race" ? ".output" : `.branches[${list}]`,
  compile: ({ mode = "all" }, { lists }): ParallelPlan => ({
    mode,
    branches: lists.map(({ plan }) => plan),
  }),

  shape: "subroutine",
  label: ({ mode = "all" }) => `parallel, ${mode}`,

  begin,
  goOn: (turn, step) => endIfDone(turn, step, forkDone),
  listDone: forkDone,
  listFailed: forkFailed,
  listsRead,
  places,
  progress: ["forked"],
};
