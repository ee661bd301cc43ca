// Whether each step of a well-formed definition makes sense: action, dependencies, limits.

import { parseDuration } from "../../core/duration.ts";
import { stepType } from "../steps/types.ts";
import type { ActionForms } from "./action-form.ts";
import { checkLiteralParams } from "./literal-params.ts";
import { actionMeant } from "./other-words.ts";
import { checkReparsed } from "./reparsed.ts";
import { checkWithoutData } from "./without-data.ts";
import { quote, type Report } from "./report.ts";
import { type StepNode, type StepTree, typeOf } from "./node.ts";
import type { WorkflowDefinition } from "./types.ts";

/** More retries than this are allowed but rarely meant. */
export const MANY_RETRIES = 10;

/** How long a hook may take that sets no timeout of its own. */
const HOOK_TIMEOUT_MS = 30_000;

export function* checkSteps(
  tree: StepTree,
  { workflow, actions, isOrdered }: {
    workflow: WorkflowDefinition;
    actions: ActionForms | undefined;
    /** Whether all steps and what each waits for are known. */
    isOrdered: boolean;
  },
  report: Report,
): Generator<void, void> {
  for (const node of tree.all) {
    yield;
    checkAction(node, actions, report);
    checkIgnored(node, report);
    if (isOrdered) checkDependencies(node, report);
    checkRetry(node, workflow, report);
    stepType(node.step.type)?.check?.(node, { workflow, report });
    checkInHook(node, report);
  }
}

function checkAction(
  node: StepNode,
  actions: ActionForms | undefined,
  report: Report,
): void {
  const { step, path } = node;
  if (!actions || typeOf(step) !== "action") return;
  const action = actions.get(step.action!);
  if (action?.refused !== undefined) {
    const why = `${quote(step.action!)} is refused: ${action.refused.reason}`;
    return report.error(`${path}.action`, why, "PERMISSION_DENIED");
  }
  if (action) {
    checkReparsed(node, report);
    checkWithoutData(node, action, report);
    const params = step.params ?? {};
    return checkLiteralParams(params, { action, path: `${path}.params`, report });
  }
  const names = () => actions.list().map(({ name }) => name);
  const meant = actionMeant(step.action!, step.params) || report.suggest(step.action!, names) ||
    family(step.action!, names());
  report.error(
    `${path}.action`,
    `no action ${quote(step.action!)} is registered${meant}`,
    "ACTION_UNAVAILABLE",
  );
}

/** Actions that an error names. */
const MOST_KIN = 10;

/** The actions whose names begin as this one's. */
function family(name: string, names: readonly string[]): string {
  const dot = name.indexOf(".");
  const kin = dot < 0 ? [] : names.filter((other) => other.startsWith(name.slice(0, dot + 1)));
  if (kin.length === 0) return "";
  const told = kin.slice(0, MOST_KIN).join(", ");
  return `; there are ${told}${kin.length > MOST_KIN ? ", …" : ""}`;
}

/** What is allowed beside a type, but has no effect there. */
function checkIgnored({ step, path }: StepNode, report: Report): void {
  const type = typeOf(step);
  const ignored = type === "action" ? ["config"] : ["action", "params"];
  for (const key of ignored) {
    if (!Object.hasOwn(step, key)) continue;
    report.warn(`${path}.${key}`, `is ignored by a step of type ${type}`);
  }
}

function checkDependencies({ step, path, list, index }: StepNode, report: Report): void {
  const needs = step.depends_on ?? [];
  if (list.kind === "hook") {
    if (needs.length > 0) report.warn(`${path}.depends_on`, "is ignored by a hook");
    return;
  }
  const seen = new Set<string>();
  needs.forEach((id, j) => {
    const at = `${path}.depends_on[${j}]`;
    const target = list.byId.get(id);
    if (!target) {
      const meant = report.suggest(id, () => list.byId.keys()) ||
        siblings(list.byId.keys(), step.id);
      report.error(at, `no sibling step has the id ${quote(id)}${meant}`);
    } else if (seen.has(id)) {
      report.warn(at, `repeats ${quote(id)}`);
    } else if (list.kind === "sequence" && target.index > index) {
      report.warn(at, `${quote(id)} runs later: nested steps run in the order of their list`);
    }
    seen.add(id);
  });
}

function siblings(ids: Iterable<string>, own: string): string {
  const told: string[] = [];
  for (const id of ids) {
    if (id === own) continue;
    if (told.length === MOST_KIN) return `; there are ${told.join(", ")}, …`;
    told.push(quote(id));
  }
  if (told.length === 0) return "; there is no other";
  return `; there ${told.length === 1 ? "is" : "are"} ${told.join(", ")}`;
}

/** What the step has by default is told as such. */
function checkRetry(
  { step, path }: StepNode,
  { defaults }: WorkflowDefinition,
  report: Report,
): void {
  const { retry, on_error } = step;
  // Where there is a default, it says that this step fails as without one.
  if (on_error?.strategy === "retry" && !retry && !defaults?.on_error) {
    report.warn(`${path}.on_error.strategy`, '"retry" does nothing without the step\'s retry');
  }
  if (retry && retry !== defaults?.retry && step.action?.startsWith("assert.")) {
    report.warn(`${path}.retry`, "does nothing: an assertion that has failed is not retried");
  }
  if (retry && retry !== defaults?.retry && retry.max > MANY_RETRIES) {
    report.warn(`${path}.retry.max`, `${retry.max} retries are more than ${MANY_RETRIES}`);
  }
}

function hookOf(node: StepNode): StepNode | undefined {
  let top = node;
  while (top.list.parent) top = top.list.parent;
  return top.list.kind === "hook" ? top : undefined;
}

/** A hook holds the end of its run up, so nothing in it may wait for somebody. */
function checkInHook(node: StepNode, report: Report): void {
  const type = stepType(node.step.type);
  const hook = type?.checkInHook && hookOf(node);
  if (!hook) return;
  const { timeout } = hook.step;
  const limitMs = timeout === undefined ? HOOK_TIMEOUT_MS : parseDuration(timeout);
  type.checkInHook!(node, { limitMs, report });
}
