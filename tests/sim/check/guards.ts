// Whether steps ran, or were passed over, as their guards say.

import type { Json } from "../../../core/json.ts";
import { NoValue } from "./expression.ts";
import type { History } from "./history.ts";
import type { LogEvent } from "./past.ts";
import type { Place } from "./places.ts";
import { valueOfCel, type Viewpoint } from "./scope.ts";

export function checkGuards(history: History): string[] {
  return history.events.flatMap((event) => {
    const place = event.stepId === null ? undefined : history.book.find(event.stepId);
    if (!place) return [];
    const problem = problemOf(history, event, place);
    return problem ? [`event ${event.seq} (${event.type} ${place.id}): ${problem}`] : [];
  });
}

function problemOf(history: History, event: LogEvent, place: Place): string | undefined {
  const { type, seq } = event;
  const isPassedOver = type === "step_skipped" && event.data.reason === "condition_false";
  if (isPassedOver && place.step.condition === undefined) return "the step has no guard";
  if (!isPassedOver && type !== "step_started") return undefined;
  if (place.step.condition === undefined || history.step(place.id, seq).status !== "pending") {
    return undefined;
  }
  const { condition } = place.step;
  const value = attempt(() => valueOfCel(condition, { history, list: place.list, seq }));
  if (value === false) return isPassedOver ? undefined : "its guard is false";
  if (isPassedOver) return `its guard is ${JSON.stringify(value) ?? "an error"}`;
  if (value === true) return undefined;
  const next = history.eventsOf(place.id).find((one) =>
    one.seq > seq && /^step_(completed|failed|ignored|skipped|retry_attempt)$/.test(one.type)
  );
  const isFailure = next === undefined || next.type === "step_failed" ||
    next.type === "step_ignored";
  return isFailure ? undefined : "its guard fails, and the step ran";
}

/** The value, or undefined when there is none. */
export function attempt(evaluate: () => Json): Json | undefined {
  try {
    return evaluate();
  } catch (thrown) {
    if (thrown instanceof NoValue) return undefined;
    throw thrown;
  }
}

/** Whether the guard of the step fails at this moment. */
export function guardFails({ condition }: Place["step"], view: Viewpoint): boolean {
  if (condition === undefined) return false;
  return typeof attempt(() => valueOfCel(condition, view)) !== "boolean";
}
