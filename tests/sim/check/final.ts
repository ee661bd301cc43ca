// Whether a run at rest has reason to be: it is over, or each thing in it waits for something.

import { END, type History, OPEN } from "./history.ts";
import { interruptedSteps, isInterrupted, isTimedOut } from "./interrupted.ts";
import { isCalled, isDoomed, reasonsAgainst } from "./order.ts";
import { listsRun } from "./flows.ts";
import { around, type List, type Place } from "./places.ts";
import { failuresIn } from "./settled.ts";
import { suspends } from "./waits.ts";

export function checkFinal(history: History): string[] {
  if (!history.evidence.final) return [];
  const status = history.runStatus(END);
  if (["completed", "failed", "cancelled"].includes(status)) return [];
  if (status !== "suspended") return [`the run is ${status}, and nothing moves`];
  // Until somebody answers, nothing of an interrupted run moves.
  if (isInterrupted(history)) return checkNamed(history);
  const open = [...history.stepIds]
    .map((id) => history.book.find(id))
    .filter((place) => place && OPEN.has(history.step(place.id, END).status)) as Place[];
  const leaves = open.filter(({ type }) => !["condition", "loop", "parallel"].includes(type));
  const found = leaves.flatMap((place) => {
    const problem = stuck(history, place);
    return problem ? [`${place.id} ${problem}`] : [];
  });
  if (leaves.length === 0 && !open.some((place) => isBackingOff(history, place))) {
    found.push("the run is suspended and waits for nothing");
  }
  return [...found, ...checkFlows(history, open), ...checkReady(history)];
}

function checkNamed(history: History): string[] {
  if (isTimedOut(history)) return [];
  return interruptedSteps(history)
    .filter((id) => history.step(id, END).status !== "running")
    .map((id) => `${id} is interrupted and not running`);
}

function hasTimer(history: History, key: string): boolean {
  return history.evidence.timers.some((timer) =>
    timer.key === key && timer.dueAt > history.evidence.now
  );
}

function isBackingOff(history: History, { id }: Place): boolean {
  return history.step(id, END).status === "retrying" && hasTimer(history, `backoff:${id}`);
}

/** Why a leaf that is under way cannot be waiting for anything; undefined when it can. */
function stuck(history: History, place: Place): string | undefined {
  const { status } = history.step(place.id, END);
  if (status === "retrying") {
    return isBackingOff(history, place) ? undefined : "is retrying and has no timer ahead";
  }
  if (status === "running") return "is running, and nothing moves";
  switch (place.type) {
    case "reasoning": {
      const isAsked = history.evidence.decisions.some((row) =>
        row.stepId === place.id && row.status === "pending"
      );
      return isAsked ? undefined : "is suspended without a pending decision";
    }
    case "wait": {
      const waits = suspends(place) &&
        (place.step.config!.signal !== undefined || hasTimer(history, `wait:${place.id}`));
      return waits ? undefined : "is suspended and waits for nothing";
    }
    default: {
      const child = Object.values(history.evidence.children).find(({ record: { run } }) =>
        run.parentStepId === place.id && run.status === "suspended" &&
        run.parentRunNo === history.evidence.record.run.runNo
      );
      return child ? undefined : "is suspended without a suspended child";
    }
  }
}

/** A flow step with nothing under way in it should have ended. */
function checkFlows(history: History, open: readonly Place[]): string[] {
  const flows = open.filter(({ type }) => ["condition", "loop", "parallel"].includes(type));
  return flows.flatMap((flow) => {
    if (isBackingOff(history, flow)) return [];
    const isWaiting = open.some((inner) => inner !== flow && [...around(inner)].includes(flow));
    const { status } = history.step(flow.id, END);
    if (status !== "suspended") return [`${flow.id} is ${status}, and nothing moves`];
    return isWaiting || callsOutside(history, flow) ? [] : [`${flow.id} waits for nothing in it`];
  });
}

/** Whether a failed step in the flow step waits for a fallback further out. */
function callsOutside(history: History, flow: Place): boolean {
  return [...history.stepIds].some((id) => {
    const place = history.book.find(id);
    if (!place || ![...around(place)].includes(flow)) return false;
    return isOpenInChain(history, place);
  });
}

/** Whether a fallback of the step is under way, or one that stands in for a failed fallback. */
function isOpenInChain(history: History, place: Place): boolean {
  const passed = new Set<Place>();
  for (
    let next = history.book.fallbackOf(place);
    next && !passed.has(next);
    next = history.book.fallbackOf(next)
  ) {
    const { status } = history.step(next.id, END);
    if (OPEN.has(status)) return true;
    if (status !== "failed") return false;
    passed.add(next);
  }
  return false;
}

/** Steps that could begin and have not. */
function checkReady(history: History): string[] {
  if (isDoomed(history)) return [];
  const { book } = history;
  const lists: List[] = [book.top];
  for (const id of history.stepIds) {
    const place = book.find(id);
    if (!place || !OPEN.has(history.step(id, END).status)) continue;
    // A list may have failed by a fallback that a step deep inside had called.
    const isUnfailed = (list: List) => failuresIn(history, list, END).length === 0;
    lists.push(...listsRun(history, place).filter(isUnfailed));
  }
  return lists.flatMap((list) =>
    book.members(list).filter((place) =>
      history.step(place.id, END).status === "pending" && !isWaitingToBeCalled(history, place) &&
      reasonsAgainst(history, END, place).length === 0
    ).map(({ id }) => `${id} could begin and has not`)
  );
}

function isWaitingToBeCalled(history: History, place: Place): boolean {
  return place.role === "fallback" && !isCalled(history, place, END);
}
