// Whether a step reads what another gives that may not have run, without asking whether it has.

import { cut } from "../../core/text.ts";
import type { Read } from "../interpolate/references.ts";
import { constantOf } from "./cel-certain.ts";
import { celField } from "./cel-source.ts";
import { triggersByFallback } from "./fallbacks.ts";
import type { StepNode, StepTree } from "./node.ts";
import { type ReadScope, tellsOnce } from "./read-scope.ts";
import { quote, type Report } from "./report.ts";
import { stepName } from "./nested-elsewhere.ts";
import type { Reader } from "./step-references.ts";

/** Why a step may have no output, to be said after "which"; a condition that says when, if one does. */
interface Reason {
  why: string;
  condition?: string;
  /** Other steps of which one has the output then. */
  instead?: string[];
}

/** A warning once for each step that reads, and each that it reads. */
export function checkSkippable(
  target: StepNode,
  read: Read,
  reader: Reader,
  { scope, report, asked }: {
    scope: ReadScope;
    report: Report;
    /** Ids of the steps about which the same text asks. */
    asked: ReadonlySet<string>;
  },
): void {
  const { node } = reader;
  const [id, first] = read.keys as [string, ...string[]];
  if (!node || first === "status" || first === "error" || read.guarded) return;
  if (mayHandle(read, reader, scope)) return;
  const top = topOf(node);
  // Where a run has failed, any step may have no output.
  if (top.list.kind === "hook" && top.path === "on_error") return;
  const isOwnGuard = reader.isGuard === true || reader.path === `${node.path}.config.expression`;
  const reason = reasonOf(target, node, scope);
  // Of a step and its fallback one has run: who asks about one knows of the other.
  if (reason?.instead?.some((one) => asked.has(one) || scope.guards.ask(node, one))) return;
  if (!reason || isGuarded(target, node, { id, isOwnGuard, reason, scope })) return;
  if (!tellsOnce(scope, `${node.path} ${target.path}`)) return;
  report.warn(
    reader.path,
    `reads step ${quote(id)}, which ${reason.why}: it has no output then, and this is null or ` +
      `fails; ${remedy(read, reader, reason)}`,
  );
}

/** What to write instead. */
function remedy({ keys, computed }: Read, { isGuard }: Reader, { instead }: Reason): string {
  const [id, ...fields] = keys as [string, ...string[]];
  const asked = `${stepName(id)}.status == 'completed'`;
  if (isGuard) return `ask first: ${asked} && …`;
  const path = (id: string) => cut(fields.reduce(celField, stepName(id)), 100);
  const choice = `${asked} ? ${path(id)} : ${instead ? path(instead[0]!) : "'other'"}`;
  return `write "condition": "${asked}" on the step that reads it, or ` +
    (computed ? choice : `\${{${choice}}}`);
}

/** Programs see null where nothing is, and have ways of their own to ask for it. */
function mayHandle(read: Read, { isProgram, node, path }: Reader, scope: ReadScope): boolean {
  const action = scope.actions?.get(node!.step.action ?? "");
  if (action?.expressions === undefined) return false;
  if (isProgram) return action.name !== "expr.eval" || takesWhole(read);
  return path.startsWith(`${node!.path}.params.data`);
}

function takesWhole({ keys }: Read): boolean {
  return keys.length === 1 || (keys.length === 2 && keys[1] === "output");
}

function topOf(node: StepNode): StepNode {
  let top = node;
  while (top.list.parent) top = top.list.parent;
  return top;
}

function reasonOf(target: StepNode, reader: StepNode, scope: ReadScope): Reason | undefined {
  const around = new Set<StepNode>();
  for (let at: StepNode | undefined = reader; at; at = at.list.parent) around.add(at);
  // What holds both has begun, or neither would run.
  for (let at: StepNode | undefined = target; at && !around.has(at); at = at.list.parent) {
    const reason = ownReason(at, reader, scope);
    if (reason) return reason;
  }
  return undefined;
}

function ownReason(node: StepNode, reader: StepNode, { tree }: ReadScope): Reason | undefined {
  const { condition, on_error: handler } = node.step;
  if (typeof condition === "string" && constantOf(condition) !== true) {
    return { why: "is skipped where its condition is false", condition };
  }
  if (handler?.strategy === "ignore") return { why: "may fail and is ignored then" };
  const { fallback_step: fallback } = handler ?? {};
  if (handler?.strategy === "fallback_step" && fallback !== undefined) {
    // The fallback knows that it has failed.
    if (reader.step.id === fallback) return undefined;
    return { why: `has the fallback ${quote(fallback)} where it fails`, instead: [fallback] };
  }
  const callers = callersOf(tree).get(node);
  return callers?.length
    ? { why: "is a fallback that may not be needed", instead: callers.map(({ step }) => step.id) }
    : undefined;
}

/** Of each tree once. */
const found = new WeakMap<StepTree, Map<StepNode, StepNode[]>>();

function callersOf(tree: StepTree): Map<StepNode, StepNode[]> {
  let callers = found.get(tree);
  if (!callers) found.set(tree, callers = triggersByFallback(tree.all));
  return callers;
}

function isGuarded(
  target: StepNode,
  node: StepNode,
  { id, isOwnGuard, reason: { condition }, scope: { guards } }: {
    id: string;
    /** Whether what reads is a condition of the step itself. */
    isOwnGuard: boolean;
    reason: Reason;
    scope: ReadScope;
  },
): boolean {
  // Where a condition reads it, the warning is of that condition.
  const from = isOwnGuard ? node.list.parent : node;
  for (const name of new Set([id, target.step.id, target.fullId])) {
    if (guards.ask(node, name) || (from && guards.read(from, name))) return true;
  }
  return condition !== undefined && guards.cover(node, condition);
}
