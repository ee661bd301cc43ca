// How the steps of a branch or body follow each other, and when all of them are settled.

import { newList, newStep, stepBytes } from "../state/new-run.ts";
import { queue } from "./line.ts";
import {
  isUnderWay,
  type RunState,
  standInOf,
  type StepList,
  type StepState,
} from "../state/state.ts";
import type { Turn } from "./turn.ts";
import type { Place } from "../state/place.ts";

/** Makes a list of a flow step with its steps pending; nothing of it starts yet. */
export function openList(run: RunState, owner: StepState, place: Place): StepList {
  const { plan, key, index, loop = owner.list.loop } = place;
  const list = newList(plan, { owner, index, loop });
  const prefix = `${owner.id}.${key}.`;
  for (const step of plan.steps) {
    const id = prefix + step.id;
    const former = run.nested.get(id);
    const order = former?.order ?? run.steps.length + run.nested.size;
    const state = newStep(step, { list, id, order });
    if (!former) run.share.hold(stepBytes(id));
    state.row.attempt = former?.row.attempt ?? run.formerAttempts.get(id) ?? 0;
    list.steps.push(state);
    run.nested.set(id, state);
  }
  list.unsettled = list.steps.length;
  owner.inside.lists ??= [];
  owner.inside.lists[index] = list;
  owner.inside.openLists++;
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
  noteListEnd(turn, list);
  turn.agenda.add({ kind: "list_done", list });
}

/** Queues the step, or the fallback that it waits for if that was put back and is wanted again. */
function startNext(turn: Turn, step: StepState): void {
  const next = standInOf(step);
  if (next?.row.status === "pending" && next.live.busy === "") queue(turn, next);
}

/** The list is over: it counts as open no more. */
export function noteListEnd(turn: Turn, list: StepList): void {
  const owner = list.owner!;
  owner.inside.openLists--;
  const { unended } = owner.row.detail;
  if (!unended) return;
  const left = unended.filter((index) => index !== list.index);
  if (left.length > 0) owner.row.detail.unended = left;
  else delete owner.row.detail.unended;
  turn.changed(owner);
}
