// Where a failing step falls back to, and whether that can work.

import { quote, type Report, shownCycle } from "./report.ts";
import type { StepNode, StepTree } from "./node.ts";
import type { ErrorHandler, WorkflowDefinition } from "./types.ts";

/**
 * Checks what each `on_error` falls back to, and that fallbacks of fallbacks end somewhere. What a step
 * has by default has been checked as such.
 */
export function checkFallbacks(
  tree: StepTree,
  { defaults }: WorkflowDefinition,
  report: Report,
): void {
  const own = ({ step }: StepNode) => step.on_error !== defaults?.on_error;
  for (const node of tree.all) {
    if (own(node)) checkHandler(node, report);
  }
  checkCycles(tree, (node) => own(node) ? node.path : "defaults", report);
}

function checkHandler({ step, path, list }: StepNode, report: Report): void {
  const handler = step.on_error;
  const id = handler?.fallback_step;
  if (!handler || id === undefined) return;
  const at = `${path}.on_error.fallback_step`;
  if (!fallsBack(handler, at, report)) return;
  if (list.kind === "hook") return report.error(at, "a hook cannot fall back to another step");
  if (id === step.id) return report.error(at, "must not name the step itself");
  const target = fallbackOf({ step, list });
  if (!target) {
    const meant = report.suggest(id, () => list.byId.keys());
    return report.error(at, `no step here or further out has the id ${quote(id)}${meant}`);
  }
  for (let outer = list.parent; outer; outer = outer.list.parent) {
    if (outer === target) return report.error(at, `${quote(id)} contains this step`);
  }
}

/** Whether the handler's strategy is the one that takes a step; reported `at` that step where it is not. */
export function fallsBack(handler: ErrorHandler, at: string, report: Report): boolean {
  if (handler.strategy === "fallback_step") return true;
  report.error(at, 'is only allowed when strategy is "fallback_step"');
  return false;
}

/** The step that a failing step falls back to: a sibling, else one further out. */
export function fallbackOf({ step, list }: Pick<StepNode, "step" | "list">): StepNode | undefined {
  const id = step.on_error?.fallback_step;
  if (id === undefined || step.on_error?.strategy !== "fallback_step") return undefined;
  for (let at: StepNode["list"] | undefined = list; at; at = at.parent?.list) {
    const target = at.byId.get(id);
    if (target) return target;
  }
  return undefined;
}

/** The steps among these that fall back, by the step they fall back to; or those further in alone. */
export function triggersByFallback(
  nodes: readonly StepNode[],
  { fromInside = false } = {},
): Map<StepNode, StepNode[]> {
  const triggers = new Map<StepNode, StepNode[]>();
  for (const node of nodes) {
    const target = fallbackOf(node);
    if (!target || (fromInside && node.list === target.list)) continue;
    const known = triggers.get(target);
    if (known) known.push(node);
    else triggers.set(target, [node]);
  }
  return triggers;
}

/** By fallback: the ids of its siblings that fall back to it, themselves or from inside. */
export function callersByFallback(tree: StepTree): Map<StepNode, Set<string>> {
  const callers = new Map<StepNode, Set<string>>();
  for (const node of tree.all) {
    const target = fallbackOf(node);
    if (!target) continue;
    let caller = node;
    while (caller.list !== target.list) caller = caller.list.parent!;
    const known = callers.get(target);
    if (known) known.add(caller.step.id);
    else callers.set(target, new Set([caller.step.id]));
  }
  return callers;
}

function checkCycles(
  tree: StepTree,
  ownerOf: (node: StepNode) => string,
  report: Report,
): void {
  const done = new Set<StepNode>();
  for (const start of tree.all) {
    const trail: StepNode[] = [];
    let node: StepNode | undefined = start;
    while (node && !done.has(node)) {
      done.add(node);
      trail.push(node);
      node = fallbackOf(node);
    }
    const from = node ? trail.indexOf(node) : -1;
    // A step that names itself has been reported already.
    if (from < 0 || fallbackOf(node!) === node) continue;
    const ids = [...trail.slice(from), node!].map(({ step }) => step.id);
    report.error(
      `${ownerOf(node!)}.on_error.fallback_step`,
      `fallbacks form a cycle: ${shownCycle(ids)}`,
    );
  }
}
