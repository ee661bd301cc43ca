// What two versions of a template differ in, step by step at every depth.

import { setOwn } from "../../core/copy.ts";
import { deepEqual } from "../../core/equal.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { TemplateDiff } from "../api.ts";
import { childLists } from "./children.ts";
import { ShownValues } from "./diff-values.ts";
import type { StepNode, StepTree } from "./node.ts";

export interface TemplateVersion {
  tree: StepTree;
  /** Everything but the steps: fields of the definition, description, schemas, triggers. */
  fields: JsonObject;
}

/** Characters of ids and names of fields that one diff lists: full ids of deep steps are long. */
const MOST_LISTED = 256 * 1024;

type Nodes = ReadonlyMap<string, StepNode>;

/**
 * Hooks are steps as well. Without a version before, everything is added. May pause after each step.
 */
export function* diff(
  before: TemplateVersion | null,
  after: TemplateVersion,
): Generator<void, Omit<TemplateDiff, "against">> {
  const old: Nodes = byFullId(before?.tree);
  const now: Nodes = byFullId(after.tree);
  const changed: { step_id: string; fields: string[] }[] = [];
  const values = new ShownValues();
  const around = [before?.fields ?? {}, after.fields].map(withHooksNamed) as [
    JsonObject,
    JsonObject,
  ];
  const workflow = changedFields(...around);
  if (before) values.add(...around, workflow);
  for (const node of now.values()) {
    yield;
    const was = old.get(node.fullId);
    if (!was) continue;
    const forms = [ownForm(was, now), ownForm(node, old)] as const;
    const fields = changedFields(...forms);
    if (fields.length === 0) continue;
    changed.push({ step_id: node.fullId, fields });
    values.add(inWords(forms[0]), inWords(forms[1]), fields, node.fullId);
  }
  const { shown, leftOut } = values;
  return {
    ...bounded({
      added: [...now.keys()].filter((id) => !old.has(id)),
      removed: [...old.keys()].filter((id) => !now.has(id)),
      changed,
      workflow,
    }),
    ...(shown.length > 0 && { values: shown }),
    ...(leftOut > 0 && { values_left_out: leftOut }),
  };
}

function byFullId(tree: StepTree | undefined): Nodes {
  return new Map(tree?.all.map((node) => [node.fullId, node]));
}

/** The names of members that are not the same in both, or only in one of them. */
function changedFields(before: JsonObject, after: JsonObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) =>
    !Object.hasOwn(before, key) || !Object.hasOwn(after, key) ||
    !deepEqual(before[key]!, after[key]!)
  );
}

/** What a hook holds is compared as a step: here only which step it is counts. */
function withHooksNamed(fields: JsonObject): JsonObject {
  const named = { ...fields };
  for (const hook of ["on_complete", "on_error"]) {
    const step = named[hook];
    if (isObject(step)) named[hook] = step.id!;
  }
  return named;
}

/**
 * The step without what is inside of others: for the steps of each list stand the ids of those
 * that both versions have, so that a list that comes, goes or is put in another order still counts.
 */
function ownForm({ step, children }: StepNode, others: Nodes): JsonObject {
  const form = { ...step };
  if (children.length === 0) return form;
  const config = { ...step.config };
  const within = childLists(step);
  for (const { where } of within) delete config[where[0]!];
  const lists = within.map(({ where }, i): [string, Json] => {
    const ids = children[i]!.nodes.map(({ fullId }) => fullId).filter((id) => others.has(id));
    return [JSON.stringify(where), ids];
  });
  form.config = { config, lists: Object.fromEntries(lists) };
  return form;
}

/** The config as it is written, with the ids of its steps in their place. */
function inWords(form: JsonObject): JsonObject {
  if (!isObject(form.config) || !isObject(form.config.lists)) return form;
  const { config, lists } = form.config as { config: JsonObject; lists: JsonObject };
  const told = { ...config };
  for (const [where, ids] of Object.entries(lists)) {
    const path = parseJson<(string | number)[]>(where).map(String);
    setAt(told, path, ids);
  }
  return { ...form, config: told };
}

function setAt(object: JsonObject, [key, ...rest]: string[], value: Json): void {
  if (rest.length === 0) return setOwn(object, key!, value);
  const inner = Object.hasOwn(object, key!) && isObject(object[key!]) ? object[key!] : {};
  setOwn(object, key!, inner!);
  setAt(inner as JsonObject, rest, value);
}

function bounded(whole: Omit<TemplateDiff, "against">): Omit<TemplateDiff, "against"> {
  let room = MOST_LISTED;
  const fits = (...texts: string[]) => {
    room -= texts.reduce((sum, text) => sum + text.length, 0);
    return room >= 0;
  };
  const cut = {
    workflow: whole.workflow.filter((field) => fits(field)),
    changed: whole.changed.filter(({ step_id, fields }) => fits(step_id, ...fields)),
    added: whole.added.filter((id) => fits(id)),
    removed: whole.removed.filter((id) => fits(id)),
  };
  const { added, removed, changed, workflow } = cut;
  return { added, removed, changed, workflow, ...(room < 0 && { truncated: true }) };
}
