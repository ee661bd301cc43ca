// What two versions of a template differ in, step by step at every depth.

import { deepEqual } from "../../core/equal.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { TemplateDiff } from "../api.ts";
import { childLists } from "./children.ts";
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
  for (const node of now.values()) {
    yield;
    const was = old.get(node.fullId);
    const fields = was ? changedFields(ownForm(was, now), ownForm(node, old)) : [];
    if (fields.length > 0) changed.push({ step_id: node.fullId, fields });
  }
  return bounded({
    added: [...now.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !now.has(id)),
    changed,
    workflow: changedFields(withHooksNamed(before?.fields ?? {}), withHooksNamed(after.fields)),
  });
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
