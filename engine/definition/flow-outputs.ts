// Which fields the output of a step has that is no action.

import type { JsonObject } from "../../core/json.ts";
import type { ParallelConfig, StepDefinition, WaitConfig } from "./types.ts";

/** A schema of the output; undefined for an action. What is inside a field is not said. */
export function flowOutput({ type, config }: StepDefinition): JsonObject | undefined {
  switch (type) {
    case "condition":
      return fields("branch", "output");
    case "loop":
      return fields("iterations", "results", "exhausted");
    case "parallel": {
      const { mode = "all" } = (config ?? {}) as unknown as ParallelConfig;
      return mode === "race" ? fields("mode", "winner", "output") : fields("mode", "branches");
    }
    case "wait": {
      const { signal } = (config ?? {}) as WaitConfig;
      return signal === undefined ? fields("waited") : fields("signal", "payload", "timed_out");
    }
    case "reasoning":
      return fields("choice", "reasoning", "data", "resolved_by");
    default:
      return undefined;
  }
}

function fields(...names: string[]): JsonObject {
  return { properties: Object.fromEntries(names.map((name) => [name, {}])) };
}
