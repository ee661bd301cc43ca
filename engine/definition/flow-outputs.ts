// Which fields the output of a step has that is no action.

import type { JsonObject } from "../../core/json.ts";
import { stepType } from "../steps/types.ts";
import type { StepDefinition } from "./types.ts";

/** A schema of the output; undefined for an action. What is inside a field is seldom said. */
export function flowOutput({ type: name, config = {} }: StepDefinition): JsonObject | undefined {
  const type = stepType(name);
  if (!type) return undefined;
  const known = type.outputTypes?.(config) ?? {};
  const fields = type.outputs(config).map((field) => [field, known[field] ?? {}]);
  return { properties: Object.fromEntries(fields) };
}
