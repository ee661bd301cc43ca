// Whether the steps that an expression reads exist, and are over when it reads them.

import { type Ancestors, createAncestors } from "./ancestors.ts";
import { ANY_ITERATION } from "./child-list.ts";
import { createGuards, type Guards } from "./guards.ts";
import { quote, type Report } from "./report.ts";
import { holds, nestedElsewhere, stepName } from "./nested-elsewhere.ts";
import { anyIteration, type StepList, type StepNode, type StepTree } from "./node.ts";

export interface StepScope {
  tree: StepTree;
  ancestors: Ancestors;
  byFullId: ReadonlyMap<string, StepNode>;
  /** Any node of each short id. */
  byShortId: ReadonlyMap<string, StepNode>;
  guards: Guards;
}

export function createScope(tree: StepTree): StepScope {
  return {
    tree,
    ancestors: createAncestors(tree),
    byFullId: new Map(tree.all.map((node) => [node.fullId, node])),
    byShortId: new Map(tree.all.map((node) => [node.step.id, node])),
    guards: createGuards(),
  };
}

/** Who reads a step, and where that is written. */
export interface Reader {
  path: string;
  /** Undefined for the default inputs, which belong to no step. */
  node?: StepNode;
  /** The body of a loop whose condition reads: its steps are over then. */
  body?: StepList;
  /** Whether that condition is also asked before the body has run. */
  beforeBody?: boolean;
  /** Whether an unknown step is only worth a warning: bare CEL may ask whether one exists. */
  lenient?: boolean;
  /** Whether it is a condition that must yield true or false. */
  isGuard?: boolean;
  /** Keys of the branches among which its value chooses. */
  branches?: readonly string[];
  /** Whether it is jq or Expr, in which fields and functions are others than in CEL. */
  isProgram?: boolean;
  /** Whether it is shown with a decision. */
  shown?: boolean;
  /** Whether it asks whether the step is over before it reads it. */
  guarded?: boolean;
}

/**
 * Checks one id: a short one, looked up from the innermost list outwards, or a full one. Returns
 * the step, if it can be read.
 */
export function checkReference(
  id: string,
  reader: Reader,
  scope: StepScope,
  report: Report,
): StepNode | undefined {
  const { path, node, body } = reader;
  const target = id.includes(STARRED) ? undefined : findStep(id, reader, scope);
  if (!target) {
    const message = `reads step ${quote(id)}, which ${absence(id, reader, scope, report)}`;
    if (reader.lenient && !id.includes(STARRED)) report.warn(path, message);
    else report.error(path, message);
    return undefined;
  }
  if (!node) return target;
  const isAsked = () =>
    reader.guarded ||
    [id, target.step.id, target.fullId].some((one) => scope.guards.ask(node, one));
  const name = stepName(id);
  if (body && target.list === body) {
    if (reader.beforeBody && !isAsked()) {
      report.error(
        path,
        `reads step ${quote(id)} of its body, which has not run when "while" asks for the first ` +
          `time: write "mode": "until", which asks after it, or begin with ${name}.status != ` +
          "'completed' || …",
      );
    }
    return target;
  }
  if (target === node) {
    report.error(path, `reads its own step ${quote(id)}`);
    return undefined;
  }
  if (!scope.ancestors.isBefore(target, node) && !isAsked()) {
    report.error(path, `reads step ${quote(id)}, ${tooEarly(id, { target, node, name })}`);
  }
  return target;
}

/** Part of the full id of a step in a loop, which stands for the number of an iteration. */
const STARRED = `.${ANY_ITERATION}.`;

/** Why the step is not over when another reads it, and what to do about that. */
function tooEarly(
  id: string,
  { target, node, name }: { target: StepNode; node: StepNode; name: string },
): string {
  const { list } = target;
  if (holds(target, node)) {
    return "in which this step stands and which is over only after it: read it in a step that " +
      "follows it";
  }
  if (list === node.list && followsAlways(target, node)) {
    // To ask would be no help: the answer would never be yes.
    const swap = list.kind === "graph"
      ? `take ${quote(node.step.id)} out of what ${quote(id)} depends on, and add ${quote(id)} ` +
        `to the depends_on of ${quote(node.step.id)}`
      : `put ${quote(id)} before it in the list`;
    return `which only begins when this one is over: ${swap}`;
  }
  const canFollow = list === node.list && list.kind === "graph";
  const ask = `${canFollow ? "or ask" : "ask"} first, as by a condition ${name}.status == ` +
    "'completed'";
  const advice = canFollow ? `add ${quote(id)} to depends_on, ${ask}` : ask;
  return `which need not be over by then: ${advice}`;
}

/** Steps looked at between two of which one is said to follow the other. */
const MOST_BETWEEN = 100;
/** Steps of a list that are looked through for it. */
const MOST_SIBLINGS = 1_000;

/** Whether the step begins only when the other is over, so far as that is plain. */
function followsAlways({ step, list, index }: StepNode, other: StepNode): boolean {
  if (list.kind === "hook" || list.nodes.length > MOST_SIBLINGS) return false;
  if (list.nodes.some(({ step: { on_error } }) => on_error?.fallback_step === step.id)) {
    return false;
  }
  if (list.kind === "sequence") return index > other.index;
  const seen = new Set(step.depends_on);
  for (const id of seen) {
    if (id === other.step.id) return true;
    if (seen.size > MOST_BETWEEN) return false;
    for (const need of list.byId.get(id)?.step.depends_on ?? []) seen.add(need);
  }
  return false;
}

function* visibleLists({ node, body }: Reader, { tree }: StepScope): Generator<StepList> {
  if (body) yield body;
  for (let list = node?.list; list; list = list.parent?.list) yield list;
  yield tree.top;
}

/** The step of this id that the reader sees. */
export function findStep(id: string, reader: Reader, scope: StepScope): StepNode | undefined {
  for (const list of visibleLists(reader, scope)) {
    const node = list.byId.get(id);
    if (node) return node;
  }
  return scope.byFullId.get(id) ?? scope.byFullId.get(anyIteration(id));
}

/** Whether the reader sees a step of this short id. */
export function isStepId(id: string, reader: Reader, scope: StepScope): boolean {
  return findStep(id, reader, scope) !== undefined;
}

function* visibleIds(reader: Reader, scope: StepScope): Generator<string> {
  for (const list of visibleLists(reader, scope)) yield* list.byId.keys();
}

/** The first step whose id has a dot where this one ends. */
function dotted(id: string, reader: Reader, scope: StepScope): string | undefined {
  let looked = 0;
  for (const other of visibleIds(reader, scope)) {
    if (other.startsWith(`${id}.`)) return other;
    if (++looked > MOST_SIBLINGS) return undefined;
  }
  return undefined;
}

function absence(id: string, reader: Reader, scope: StepScope, report: Report): string {
  const starred = id.includes(STARRED) ? scope.byFullId.get(id) : undefined;
  if (starred) {
    return `names no step of a run: ${quote(starred.step.id)} ${elsewhere(starred, reader, scope)}`;
  }
  const hidden = scope.byShortId.get(id);
  if (!hidden || hidden.list.kind !== "sequence") {
    const meant = dotted(id, reader, scope);
    if (meant !== undefined) {
      return `does not exist; the step ${quote(meant)} is read in brackets, steps['${meant}']`;
    }
    return "does not exist" + report.suggest(id, () => visibleIds(reader, scope));
  }
  return elsewhere(hidden, reader, scope);
}

function elsewhere(hidden: StepNode, reader: Reader, scope: StepScope): string {
  const seen = new Set(visibleLists(reader, scope));
  return nestedElsewhere(hidden, reader.node, (list) => seen.has(list));
}
