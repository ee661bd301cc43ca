// How steps go back to pending: for another attempt of the step around them, or for a signal.

import { blank, putBack } from "../state/new-run.ts";
import { wasTakenAlong } from "../state/given-up.ts";
import { release } from "./line.ts";
import { closeInside, noteUnended } from "./settle.ts";
import {
  fallbackOf,
  isUnderWay,
  isUnhandled,
  pick,
  setBusy,
  type StepList,
  type StepState,
} from "../state/state.ts";
import { progressOf } from "../steps/type.ts";
import type { Turn } from "./turn.ts";

/** Forgets all that was inside a flow step; returns the ids of the steps that had begun. */
export function resetInside(turn: Turn, step: StepState): string[] {
  if (!step.inside.lists) return [];
  closeInside(turn, step, "parent_retrying");
  const ids = step.inside.lists.flatMap((list) =>
    list.steps.flatMap((inner) => {
      const inside = resetInside(turn, inner);
      if (inner.row.status === "pending" && inner.row.attempt === 0) return inside;
      callOff(turn, inner);
      blank(turn.run, inner);
      turn.changed(inner);
      inside.push(inner.id);
      return inside;
    })
  );
  step.inside.lists = null;
  step.inside.items = null;
  step.inside.sealedItems = null;
  turn.run.share.drop(step.held);
  step.held = 0;
  return ids;
}

/**
 * Puts a failed or skipped step back to pending, with a new retry budget. What is recorded of a
 * flow step stays, and so does what had completed inside it; the rest of it is put back too.
 * Returns the ids of what it put back.
 */
export function reviveStep(turn: Turn, step: StepState): string[] {
  if (failedExhausted(step)) return [step.id, ...beginAnew(turn, step)];
  returnToLine(turn, step);
  const lists = step.inside.lists ?? [];
  return [step.id, ...lists.flatMap((list) => reviveList(turn, list))];
}

/** One that was exhausted but ended by something else goes on: what its body did is not done again. */
function failedExhausted({ id, row: { status, error, detail } }: StepState): boolean {
  const failed = status === "failed" || detail.reason === "error_ignored";
  return failed && error?.step_id === id && error.details?.exhausted === true;
}

/** A loop that failed exhausted would only do so again if it went on from where it stands. */
function beginAnew(turn: Turn, step: StepState): string[] {
  const inside = resetInside(turn, step);
  unsettle(turn, step);
  blank(turn.run, step);
  turn.changed(step);
  return inside;
}

function reviveList(turn: Turn, list: StepList): string[] {
  if (list.state === "done") return [];
  reopen(list);
  const back = list.steps.filter((step) => wasTakenAlong(step) || isUnhandled(step));
  const ids = back.flatMap((step) => reviveStep(turn, step));
  // Those further out: what they would stand in for begins anew.
  return [...ids, ...back.flatMap((step) => reviveFallbacks(turn, step))];
}

/** Revives the fallbacks that failed after the step; who else has called them waits for them again. */
export function reviveFallbacks(turn: Turn, step: StepState): string[] {
  const failed: StepState[] = [];
  // One that another stands in for has not failed for those who have called it.
  for (let at = fallbackOf(step); at && isUnhandled(at); at = fallbackOf(at)) failed.push(at);
  const others = failed.flatMap(({ waiters }) => waiters ?? [])
    .filter((other) => other !== step && other.list.state === "failed" && goesOnAround(other));
  return [
    ...failed.flatMap((fallback) => reviveStep(turn, fallback)),
    ...others.flatMap((other) => reviveAround(turn, other)),
  ];
}

/** Whether all around the step is under way, or failed as nothing could handle it. */
function goesOnAround({ list: { owner } }: StepState): boolean {
  return !owner || ((isUnderWay(owner) || isUnhandled(owner)) && goesOnAround(owner));
}

/** Revives the top-level steps that ended only because another one failed. */
export function reviveTakenAlong(turn: Turn): string[] {
  return turn.run.steps.filter(wasTakenAlong).flatMap((step) => reviveStep(turn, step));
}

/** Lets the steps around a revived or skipped step go on from what is recorded of them. */
export function reviveAround(turn: Turn, step: StepState): string[] {
  const { owner } = step.list;
  if (!owner) return [];
  const { firstFailed } = owner.row.detail;
  reopen(step.list);
  // Not gathered by push: a loop may hold more ids than a call takes arguments.
  let ids = step.list.steps.filter(wasTakenAlong).flatMap((other) => reviveStep(turn, other));
  if (owner.row.status === "failed") {
    returnToLine(turn, owner);
    const taken = owner.inside.lists!.filter(({ state }) => state === "closed");
    ids = [
      ...ids,
      owner.id,
      ...reviveFallbacks(turn, owner),
      ...taken.flatMap((list) => reviveList(turn, list)),
      ...reviveAround(turn, owner),
    ];
  }
  keepFirstFailed(owner, firstFailed);
  turn.changed(owner);
  return ids;
}

/** The list that failed first counts as long as it is failed; of the others nobody knows. */
function keepFirstFailed(owner: StepState, firstFailed: number | undefined): void {
  const isFailed = (list: StepList | undefined) => list?.state === "failed";
  const before = firstFailed === undefined ? undefined : owner.inside.lists![firstFailed];
  const failed = isFailed(before) ? before : owner.inside.lists!.find(isFailed);
  if (failed) owner.row.detail.firstFailed = failed.index;
  else delete owner.row.detail.firstFailed;
}

function reopen(list: StepList): void {
  if (list.state === "open" || list.state === "done") return;
  list.state = "open";
  list.error = null;
  list.cursor = 0;
  list.owner!.inside.openLists++;
  noteUnended(list);
}

/** Back to pending, with what is recorded of a flow step's progress. */
function returnToLine(turn: Turn, step: StepState): void {
  unsettle(turn, step);
  const { detail } = step.row;
  putBack(turn.run, step);
  step.row.detail = pick(detail, progressOf(step));
  turn.changed(step);
}

/** The step waits for its fallback no more, which loses its place in line when nobody else does. */
function callOff(turn: Turn, step: StepState): void {
  const fallback = fallbackOf(step);
  const { waiters = null } = fallback ?? {};
  if (!fallback || !waiters?.includes(step)) return;
  waiters.splice(waiters.indexOf(step), 1);
  if (waiters.length > 0 || fallback.row.status !== "pending") return;
  if (fallback.live.busy !== "queued") return;
  release(fallback, "parent_retrying");
  setBusy(turn.run, fallback, "");
}

/** What depends on the step has to wait for it again. */
export function unsettle(turn: Turn, step: StepState): void {
  callOff(turn, step);
  if (!step.settled) return;
  step.settled = false;
  step.list.unsettled++;
  if (step.list.owner) return;
  for (const index of step.plan.dependents) turn.run.openDependencies[index]!++;
}
