// Whether conditions took the branch that their expression names, once, and yield what it yields.

import { isDeepStrictEqual } from "node:util";
import { plainText } from "../../../core/text.ts";
import type { ErrorObject } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { ConditionConfig } from "../../../engine/steps/condition.ts";
import { isOwnError } from "./errors.ts";
import { isFailure, mayFailAnyhow, wrongFailure } from "./flows.ts";
import { attempt } from "./guards.ts";
import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { Place } from "./places.ts";
import { valueOfCel } from "./scope.ts";
import { branchTaken, isDone, valueOf } from "./settled.ts";

export function checkConditions(history: History): string[] {
  return history.events.flatMap((event) => {
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (place?.type !== "condition") return [];
    const problem = event.type === "condition_evaluated"
      ? wrongBranch(history, event, place)
      : event.type === "step_completed"
      ? wrongOutput(history, event, place)
      : isFailure(event)
      ? wrongError(history, event, place)
      : undefined;
    return problem ? [`event ${event.seq} (${event.type} ${place.id}): ${problem}`] : [];
  });
}

function keyOf(history: History, place: Place, seq: number): string | undefined {
  const { expression } = place.step.config as unknown as ConditionConfig;
  const value = attempt(() => valueOfCel(expression, { history, list: place.list, seq }));
  return value === undefined ? undefined : plainText(value);
}

function wrongBranch(history: History, { seq, data }: LogEvent, place: Place): string | undefined {
  if (history.step(place.id, seq).status !== "running") return "the step is not running";
  const start = history.lifeStart(place.id, seq)!;
  if (history.last(place.id, "condition_evaluated", seq, start.seq)) return "it is evaluated again";
  const key = keyOf(history, place, seq);
  if (data.result === key) return undefined;
  return `it takes ${data.result}, its expression is ${key ?? "an error"}`;
}

function wrongOutput(history: History, event: LogEvent, place: Place): string | undefined {
  const { seq, data } = event;
  const start = history.lifeStart(place.id, seq)!;
  const evaluated = history.last(place.id, "condition_evaluated", seq, start.seq);
  if (!evaluated) return "it completes without a branch";
  const expected = outputOf(history, place, { seq, key: String(evaluated.data.result) });
  if (expected === undefined) return "its branch is not done";
  if (isDeepStrictEqual(data.output, expected)) return undefined;
  return `its output is ${JSON.stringify(data.output)} instead of ${JSON.stringify(expected)}`;
}

function outputOf(
  history: History,
  place: Place,
  { seq, key }: { seq: number; key: string },
): JsonObject | undefined {
  const branch = branchTaken(history, place, seq)!;
  const list = history.book.inside(place, branch);
  if (!list || (branch !== key && list.steps.length === 0)) return { branch: key, skipped: true };
  if (list.steps.length === 0) return { branch };
  if (!isDone(history, list, seq)) return undefined;
  return { branch, output: valueOf(history, list, seq) as Json };
}

function wrongError(history: History, event: LogEvent, place: Place): string | undefined {
  const error = event.data.error as unknown as ErrorObject;
  if (mayFailAnyhow(history, event, place)) return undefined;
  const branch = branchTaken(history, place, event.seq);
  if (branch === null) {
    const fails = keyOf(history, place, event.seq) === undefined;
    const fits = fails && isOwnError(error, place) && error.code === "EXECUTION_ERROR";
    return fits ? undefined : "its expression does not fail";
  }
  const list = history.book.inside(place, branch);
  return list ? wrongFailure(history, event, [list]) : "its branch has no steps";
}
