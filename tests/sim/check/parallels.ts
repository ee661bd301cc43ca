// Whether parallel steps waited for all branches, or for the first, and yield what those yield.

import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../core/json.ts";
import type { ParallelConfig } from "../../../engine/steps/parallel.ts";
import { isFailure, mayFailAnyhow, wrongFailure } from "./flows.ts";
import { isForced } from "./handlers.ts";
import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { List, Place } from "./places.ts";
import { failuresIn, isDone, unhandledSince, valueOf } from "./settled.ts";

export function checkParallels(history: History): string[] {
  return history.events.flatMap((event) => {
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (place?.type !== "parallel") return [];
    const problem = problemOf(history, event, place);
    return problem ? [`event ${event.seq} (${event.type} ${place.id}): ${problem}`] : [];
  });
}

function problemOf(history: History, event: LogEvent, place: Place): string | undefined {
  switch (event.type) {
    case "parallel_started":
      return wrongStart(history, event, place);
    case "parallel_completed":
      return wrongCompletion(history, event, place);
    case "step_completed":
      return wrongOutput(history, event, place);
    default:
      return isFailure(event) ? wrongError(history, event, place) : undefined;
  }
}

function configOf({ step }: Place): Required<ParallelConfig> {
  const { branches, mode = "all" } = step.config as unknown as ParallelConfig;
  return { branches, mode };
}

function branchesOf(history: History, place: Place): List[] {
  return configOf(place).branches.map((_, n) => history.book.inside(place, `branch_${n}`)!);
}

function wrongStart(history: History, { seq, data }: LogEvent, place: Place): string | undefined {
  const { branches, mode } = configOf(place);
  if (history.step(place.id, seq).status !== "running") return "the step is not running";
  if (data.mode !== mode) return `its mode is ${data.mode} instead of ${mode}`;
  if (data.branches !== branches.length) return `it has ${branches.length} branches`;
  const before = history.last(place.id, "parallel_started", seq);
  if (!before || before.seq < history.lifeStart(place.id, seq)!.seq) return undefined;
  const again = history.last(place.id, "step_started", seq, before.seq);
  return again ? undefined : "it starts twice";
}

function wrongCompletion(history: History, { seq }: LogEvent, place: Place): string | undefined {
  const lists = branchesOf(history, place);
  const done = lists.filter((list) => hasSucceeded(history, list, seq));
  if (configOf(place).mode === "race") return done.length > 0 ? undefined : "no branch has won";
  return done.length === lists.length ? undefined : "a branch is not done";
}

function wrongOutput(history: History, event: LogEvent, place: Place): string | undefined {
  const { seq, data } = event;
  const start = history.lifeStart(place.id, seq)!;
  if (!history.last(place.id, "parallel_started", seq, start.seq)) return "it never began";
  const completed = history.last(place.id, "parallel_completed", seq, start.seq);
  if (!completed) return "no parallel_completed precedes";
  const wrong = wrongCompletion(history, completed, place);
  if (wrong) return wrong;
  const lists = branchesOf(history, place);
  const expected = configOf(place).mode === "race"
    ? raceOutput(history, lists, completed.seq)
    : { mode: "all", branches: lists.map((list) => valueOf(history, list, seq)) };
  if (isDeepStrictEqual(data.output, expected)) return undefined;
  return `its output is ${JSON.stringify(data.output)} instead of ${JSON.stringify(expected)}`;
}

/** The branch that was done first wins; an empty one is done at once. */
function raceOutput(history: History, lists: List[], seq: number): JsonObject {
  const times = lists.map((list) => doneAt(history, list, seq));
  const winner = times.indexOf(Math.min(...times));
  return { mode: "race", winner, output: valueOf(history, lists[winner]!, seq) };
}

/** Whether the list is done; also of its fallbacks, which steps deep inside may have called, none failed. */
function hasSucceeded(history: History, list: List, seq: number): boolean {
  return isDone(history, list, seq) && failuresIn(history, list, seq).length === 0;
}

/** The event after which the list was done; Infinity when it was not before `seq`. */
function doneAt(history: History, list: List, seq: number): number {
  if (list.steps.length === 0) return 0;
  if (!hasSucceeded(history, list, seq)) return Infinity;
  const ends = history.events.filter((event) =>
    event.seq < seq && event.stepId !== null && isEnd(event)
  );
  return ends.findLast((event) => !isDone(history, list, event.seq))?.seq ?? 0;
}

function isEnd({ type }: LogEvent): boolean {
  return type === "step_completed" || type === "step_skipped" || type === "step_failed";
}

function wrongError(history: History, event: LogEvent, place: Place): string | undefined {
  if (mayFailAnyhow(history, event, place)) return undefined;
  const { seq } = event;
  const lists = branchesOf(history, place);
  const failed = lists.filter((list) => failuresIn(history, list, seq).length > 0);
  // What fails the whole run at once may be told, whatever failed before it.
  if (isForced(history, place, seq)) return wrongFailure(history, event, failed);
  if (configOf(place).mode === "all") {
    const under = lists.find((list) => !failed.includes(list) && !isDone(history, list, seq));
    if (under) return `${under.prefix} was not at its end`;
    return wrongFailure(history, event, failed.slice(0, 1));
  }
  if (failed.length < lists.length) {
    return "not all branches had failed";
  }
  const first = failed.toSorted((a, b) => failedAt(history, a, seq) - failedAt(history, b, seq));
  // Once one of them has been revived, nobody knows which of the others was the first.
  const isRevived = history.resetBefore(place.id, seq) > 0;
  return wrongFailure(history, event, isRevived ? first : first.slice(0, 1));
}

function failedAt(history: History, list: List, seq: number): number {
  const [first] = failuresIn(history, list, seq);
  return unhandledSince(history, first!, seq);
}
