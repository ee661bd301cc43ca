// Which actions the settings leave to workflows: shell.enabled, actions.allow and actions.deny.

import type { Action, ActionRegistry, Barred } from "./action.ts";
import { OpcodeError } from "../core/errors.ts";
import { globs } from "../core/glob.ts";
import { nearest } from "../core/nearest.ts";

export interface ActionLimits {
  shellEnabled: boolean;
  /** Names and globs; empty: all. */
  allow: readonly string[];
  deny: readonly string[];
}

/**
 * The registry with the actions refused that the limits do not leave: definitions with them are, and
 * steps of those that were stored before fail. Throws VALIDATION_ERROR for a rule that names no action: it
 * would not limit what its author meant.
 */
export function limitedRegistry(registry: ActionRegistry, limits: ActionLimits): ActionRegistry {
  checkActionRules("actions.allow", limits.allow, registry);
  checkActionRules("actions.deny", limits.deny, registry);
  const [allow, deny] = [globs(limits.allow), globs(limits.deny)];
  const refusalOf = (name: string): Barred | undefined => {
    if (!limits.shellEnabled && name.startsWith("shell.")) {
      return { reason: "shell.enabled is false", setting: "shell.enabled" };
    }
    const denied = deny.match(name);
    if (denied !== undefined) {
      return { reason: `the setting actions.deny has ${denied}`, setting: "actions.deny" };
    }
    if (limits.allow.length === 0 || allow.match(name) !== undefined) return undefined;
    return { reason: "the setting actions.allow does not have it", setting: "actions.allow" };
  };
  const refused = new Map<string, Action>();
  for (const action of registry.list()) {
    const why = refusalOf(action.name);
    if (why !== undefined) refused.set(action.name, refuse(action, why));
  }
  if (refused.size === 0) return registry;
  const left = registry.list().filter(({ name }) => !refused.has(name));
  return { get: (name) => refused.get(name) ?? registry.get(name), list: () => left };
}

/** Throws VALIDATION_ERROR unless each glob means an action. */
export function checkActionRules(
  setting: string,
  rules: readonly string[],
  registry: ActionRegistry,
): void {
  const names = registry.list().map(({ name }) => name);
  for (const rule of rules) {
    const glob = globs([rule]);
    if (names.some((name) => glob.match(name) !== undefined)) continue;
    const meant = nearest(rule, names);
    const hint = meant === undefined ? "" : ` (did you mean "${meant}"?)`;
    throw new OpcodeError("VALIDATION_ERROR", `${setting}: "${rule}" names no action${hint}`);
  }
}

/** The same action, to whatever asks what it is; it does nothing but fail. */
function refuse(action: Action, refused: Barred): Action {
  const { child: _, ...rest } = action;
  return {
    ...rest,
    refused,
    execute() {
      const { reason, setting } = refused;
      throw new OpcodeError("PERMISSION_DENIED", `${action.name} is refused: ${reason}`, {
        details: { setting },
      });
    },
  };
}
