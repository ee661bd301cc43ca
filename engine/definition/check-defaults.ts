// Whether the `defaults` of a definition can do what they say.

import type { DefaultName, Resolved } from "./defaults.ts";
import { PARAM_DEFAULTS, takesParam } from "./defaults.ts";
import { fallsBack } from "./fallbacks.ts";
import { quote, type Report } from "./report.ts";
import { MANY_RETRIES } from "./semantic.ts";
import type { ActionForms } from "./action-form.ts";
import type { StepTree } from "./node.ts";

/** Told once for the definition, not for each step that has them. */
export function checkDefaults(
  { definition, usable }: Resolved,
  tree: StepTree,
  actions: ActionForms | undefined,
  report: Report,
): void {
  const { defaults } = definition;
  if (!defaults) return;
  for (const name of ["timeout", "retry", "on_error"] satisfies DefaultName[]) {
    if (defaults[name] === undefined || usable.has(name)) continue;
    report.warn(
      `defaults.${name}`,
      "no step can use it: it is for steps with an action other than workflow.run, which has " +
        "its own template's defaults",
    );
  }
  for (const name of PARAM_DEFAULTS) {
    if (defaults[name] === undefined || usable.has(name)) continue;
    report.warn(`defaults.${name}`, `no step can use it: it is for ${takers(name, actions)}`);
  }
  if (defaults.retry && defaults.retry.max > MANY_RETRIES) {
    const { max } = defaults.retry;
    report.warn("defaults.retry.max", `${max} retries are more than ${MANY_RETRIES}`);
  }
  checkHandler(definition, tree, report);
}

/** The actions that have the param. */
function takers(name: string, actions: ActionForms | undefined): string {
  const names = (actions?.list() ?? []).map((action) => action.name)
    .filter((action) => takesParam(actions!.get(action)!, name));
  return names.length === 0 ? "actions with that param" : names.join(", ");
}

function checkHandler(
  { defaults }: Resolved["definition"],
  tree: StepTree,
  report: Report,
): void {
  const handler = defaults!.on_error;
  if (handler === undefined) return;
  const { strategy, fallback_step: id } = handler;
  if (strategy === "retry" && !defaults!.retry) {
    report.warn("defaults.on_error.strategy", '"retry" does nothing without "retry" in defaults');
  }
  if (id === undefined) return;
  const at = "defaults.on_error.fallback_step";
  if (!fallsBack(handler, at, report)) return;
  if (tree.top.byId.has(id)) return;
  const meant = report.suggest(id, () => tree.top.byId.keys());
  report.error(at, `no top-level step has the id ${quote(id)}${meant}`);
}
