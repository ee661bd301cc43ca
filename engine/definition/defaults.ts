// What each step of a definition has by its `defaults`, where it says nothing itself.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { mapChildLists } from "./children.ts";
import type { ActionForm, ActionForms } from "./action-form.ts";
import type { StepDefaults, StepDefinition, WorkflowDefinition } from "./types.ts";

/** Defaults that stand for a param of the actions which have it. */
export const PARAM_DEFAULTS = ["fail_on_error", "fail_on_error_status"] as const;

export type DefaultName = (typeof PARAM_DEFAULTS)[number] | "timeout" | "retry" | "on_error";

export interface Resolved {
  /** Every step as if it had written what holds for it; the same object without defaults. */
  definition: WorkflowDefinition;
  /** The defaults that some step could have, whether or not it says something itself. */
  usable: ReadonlySet<DefaultName>;
}

interface Walk {
  defaults: StepDefaults;
  actions: Pick<ActionForms, "get"> | undefined;
  usable: Set<DefaultName>;
}

interface Place {
  isHook: boolean;
  /** It is the step that all others fall back to, or inside of it. */
  inFallback: boolean;
}

/**
 * Gives each step, at every depth and in the hooks, what it lacks. Values that a step has of its own
 * stand whole. Without `actions`, params are left alone. The definition is well formed, and is not
 * changed; what a step gets by default is the very object that stands in `defaults`.
 */
export function withDefaults(
  definition: WorkflowDefinition,
  actions: Pick<ActionForms, "get"> | undefined,
): Resolved {
  const { defaults } = definition;
  const usable = new Set<DefaultName>();
  if (!defaults) return { definition, usable };
  const walk: Walk = { defaults, actions, usable };
  const made: WorkflowDefinition = {
    ...definition,
    steps: definition.steps.map((step) => given(step, PLAIN, walk)),
  };
  for (const name of ["on_complete", "on_error"] as const) {
    const hook = definition[name];
    if (hook) made[name] = given(hook, { ...PLAIN, isHook: true }, walk);
  }
  return { definition: made, usable };
}

const PLAIN: Place = { isHook: false, inFallback: false };

function given(step: StepDefinition, place: Place, walk: Walk): StepDefinition {
  const fallback = walk.defaults.on_error?.fallback_step;
  const here = fallback !== undefined && step.id === fallback
    ? { ...place, inFallback: true }
    : place;
  if ((step.type ?? "action") !== "action") {
    return mapChildLists(step, (inner) => given(inner, here, walk));
  }
  const action = walk.actions?.get(step.action ?? "");
  const made = { ...step };
  const params = paramsOf(step, action, walk);
  if (params) made.params = params;
  if (action?.child) return made;
  give(made, "timeout", walk);
  give(made, "retry", walk);
  // A hook changes nothing of its run when it fails, and has nobody to fall back to.
  if (!here.isHook && !here.inFallback) give(made, "on_error", walk);
  return made;
}

function give<Name extends "timeout" | "retry" | "on_error">(
  step: StepDefinition,
  name: Name,
  { defaults, usable }: Walk,
): void {
  const value = defaults[name];
  if (value === undefined) return;
  usable.add(name);
  if (!Object.hasOwn(step, name)) step[name] = value as StepDefinition[Name];
}

/** The params with what the action takes by default; undefined when nothing is to be added. */
function paramsOf(
  step: StepDefinition,
  action: ActionForm | undefined,
  { defaults, usable }: Walk,
): JsonObject | undefined {
  const own = step.params ?? {};
  const added: JsonObject = {};
  for (const name of PARAM_DEFAULTS) {
    const value = defaults[name];
    if (value === undefined) continue;
    // An action that nobody knows may have had it: its name is the fault that is told.
    if (!action || takesParam(action, name)) usable.add(name);
    // A param that is null counts as absent.
    if (action && takesParam(action, name) && (own[name] ?? null) === null) added[name] = value;
  }
  return Object.keys(added).length === 0 ? undefined : { ...own, ...added };
}

/** Whether it is among the params of the action. */
export function takesParam({ input }: Pick<ActionForm, "input">, name: string): boolean {
  return isObject(input.properties as Json) &&
    Object.hasOwn(input.properties as JsonObject, name);
}
