// Which fields the output of a step has that is no action.

import type { JsonObject } from "../../core/json.ts";
import { stepType } from "../steps/types.ts";
import type { StepDefinition } from "./types.ts";

/** A schema of the output; undefined for an action. What is inside a field is not said. */
export function flowOutput({ type, config }: StepDefinition): JsonObject | undefined {
  const names = stepType(type)?.outputs(config ?? {});
  return names && { properties: Object.fromEntries(names.map((name) => [name, {}])) };
}
