// How a limit of a contract that a value breaks is told: in the words of the engine, on every surface.

import type { ErrorObject } from "ajv/dist/2020.js";
import type { JsonObject } from "../core/json.ts";

/** The rule; undefined when what was broken is no limit. `schema`: that of the value. */
export function limitRule(
  { keyword, params }: Pick<ErrorObject, "keyword" | "params">,
  schema: JsonObject,
): string | undefined {
  switch (keyword) {
    case "minLength":
      return "must be a non-empty string";
    case "maxLength":
      return `must have at most ${params.limit} characters`;
    case "minimum":
    case "maximum":
      return `must be a number from ${schema.minimum} to ${schema.maximum}`;
    default:
      return undefined;
  }
}
