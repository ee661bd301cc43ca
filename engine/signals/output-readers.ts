// Which steps have still to read the output of one that somebody passes over.

import { isObject, type Json } from "../../core/json.ts";
import { anyIteration, type StepList, type StepNode } from "../definition/node.ts";
import type { PlanStep } from "../definition/plan.ts";
import { buildTree } from "../definition/tree.ts";
import { celReads, jqReads, type Read, readTemplate } from "../interpolate/references.ts";
import type { RunState, StepState } from "../state/state.ts";
import { stepType } from "../steps/types.ts";

/** Steps that an answer names. */
const MOST_NAMED = 100;

/**
 * Ids, as in the definition, of the steps that read the step's output without asking whether there is
 * one, and may yet do so; at most 100. Reads the definition once.
 */
export function outputReaders({ plan, steps }: RunState, skipped: StepState): string[] {
  const tree = buildTree(plan.definition);
  const id = anyIteration(skipped.id);
  const target = tree.all.find(({ fullId }) => fullId === id);
  if (!target) return [];
  const found: string[] = [];
  const visit = (node: StepNode, planned: PlanStep): void => {
    if (found.length === MOST_NAMED) return;
    if (node !== target && reads(node, planned, target, tree.top)) found.push(node.fullId);
    node.children.forEach(({ nodes }, i) =>
      nodes.forEach((child, j) => visit(child, planned.lists[i]!.plan.steps[j]!))
    );
  };
  tree.top.nodes.forEach((node, i) => {
    const { status } = steps[i]!.row;
    if (status !== "completed" && status !== "skipped") visit(node, plan.steps[i]!);
  });
  for (const { path, nodes } of tree.hooks) {
    visit(nodes[0]!, path === "on_complete" ? plan.onComplete! : plan.onErrorHook!);
  }
  return found;
}

/** Whether a text of the step itself, not of what is inside it, reads the target. */
function reads(node: StepNode, { action }: PlanStep, target: StepNode, top: StepList): boolean {
  const { step } = node;
  const isRead = ({ namespace, keys: [name, member], guarded }: Read) =>
    namespace === "steps" && !guarded && member !== "error" &&
    isNamed(name!, node.list, target, top);
  const { id } = target.step;
  // Asked first: there may be tens of thousands of texts, and taking one apart costs microseconds.
  const mayName = (text: string) => text.includes(id);
  const inText = (text: string) =>
    text.includes("${{") && mayName(text) && readTemplate(text, () => NOTHING).reads.some(isRead);
  const inSource = (source: string) =>
    source.includes("steps") && mayName(source) &&
    [...celReads(source), ...jqReads(source)].some(isRead);
  const isProgram = (name: string) => Object.hasOwn(action?.expressions ?? {}, name);
  const held = stepType(step.type)?.expressions?.(step.config ?? {}, node) ?? [];
  return typeof step.condition === "string" && inSource(step.condition) ||
    anyText(step.params, inText) ||
    Object.entries(step.params ?? {}).some(([name, text]) =>
      isProgram(name) && typeof text === "string" && inSource(text)
    ) ||
    [...held].some(({ at, text, language }) =>
      anyText(text, inText) ||
      (language !== "template" || at.startsWith("data_inject")) && typeof text === "string" &&
        inSource(text)
    );
}

const NOTHING = { evaluate: () => null };

function anyText(value: Json | undefined, holds: (text: string) => boolean): boolean {
  if (typeof value === "string") return holds(value);
  if (Array.isArray(value)) return value.some((item) => anyText(item, holds));
  return isObject(value) &&
    Object.entries(value).some(([key, item]) => holds(key) || anyText(item, holds));
}

/** Whether a step of the list means the target by the id: by its full id, or the innermost short one. */
function isNamed(id: string, from: StepList, target: StepNode, top: StepList): boolean {
  for (let list: StepList | undefined = from; list; list = list.parent?.list) {
    const node = list.byId.get(id);
    if (node) return node === target;
  }
  return (top.byId.get(id) ?? target) === target &&
    (top.byId.has(id) || anyIteration(id) === target.fullId);
}
