// Which actions a daemon offers, by name.

import { OpcodeError } from "../core/errors.ts";
import type { Action, ActionRegistry } from "./action.ts";

/**
 * The registry of these actions. An empty name throws VALIDATION_ERROR, a name that occurs twice
 * CONFLICT.
 */
export function createRegistry(actions: readonly Action[]): ActionRegistry {
  const byName = new Map<string, Action>();
  for (const action of actions) {
    const name = action?.name;
    if (typeof name !== "string" || name === "") {
      throw new OpcodeError("VALIDATION_ERROR", "an action needs a name");
    }
    if (byName.has(name)) {
      throw new OpcodeError("CONFLICT", `the action ${name} is already registered`);
    }
    byName.set(name, action);
  }
  const sorted = [...byName.keys()].sort().map((name) => byName.get(name)!);
  return { get: (name) => byName.get(name), list: () => sorted };
}
