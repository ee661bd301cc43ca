// What the expressions and tokens of a step see at a moment, and what they resolve to then.

import { plainText } from "../../../core/text.ts";
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { evaluate, follow, NoValue } from "./expression.ts";
import type { History } from "./history.ts";
import type { StepState } from "./past.ts";
import { type List, numberOf, type Place } from "./places.ts";
import { iterations } from "./settled.ts";

/** From where something is read: steps are looked for in these lists, from the innermost out. */
export interface Viewpoint {
  history: History;
  /** The list of the reading step; of a loop's condition, the newest iteration's. */
  list: List;
  /** Before this event. */
  seq: number;
  /** For the condition of a while or until loop: the index that it sees. */
  index?: number;
}

/** The value of a CEL expression; throws NoValue when it fails. */
export function valueOfCel(source: string, view: Viewpoint): Json {
  return evaluate(source, (root, keys) => lookUp(root, keys, view, false));
}

const TOKEN = /\$\{\{(.*?)\}\}/g;

/** A value with its tokens resolved; throws NoValue when one names nothing. */
export function resolveTokens(value: Json, view: Viewpoint): Json {
  if (Array.isArray(value)) return value.map((item) => resolveTokens(item, view));
  if (isObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => [key, resolveTokens(item, view)]);
    return Object.fromEntries(entries) as JsonObject;
  }
  if (typeof value !== "string") return value;
  const whole = /^\$\{\{([^}]*)\}\}$/.exec(value);
  if (whole) return valueOfPath(whole[1]!, view);
  return value.replaceAll(TOKEN, (_, path: string) => {
    const part = valueOfPath(path, view);
    if (part === null) refusePassedOver(path, view);
    return plainText(part);
  });
}

/** The null of a step that a signal skipped never becomes a part of a text. */
function refusePassedOver(path: string, view: Viewpoint): void {
  const [root, id] = keysOf(path);
  if (root !== "steps" || stepNamed(id!, view).reason !== "skipped_by_signal") return;
  throw new NoValue(`step ${id} was skipped by a signal`);
}

function valueOfPath(path: string, view: Viewpoint): Json {
  const keys = keysOf(path);
  return lookUp(keys[0]!, keys.slice(1), view, true);
}

function keysOf(path: string): string[] {
  return [...path.matchAll(/\.?([A-Za-z_]\w*)|\['([^']*)'\]/g)]
    .map(([, name, quoted]) => (name ?? quoted)!);
}

/** `lenient`: a step without output is null at any depth, as in tokens. */
function lookUp(root: string, keys: readonly string[], view: Viewpoint, lenient: boolean): Json {
  const { history } = view;
  switch (root) {
    case "steps": {
      const [id, member = "output", ...rest] = keys as [string, string?, ...string[]];
      const step = stepNamed(id, view);
      if (member === "status") return follow(step.status, rest);
      const path = member === "output" ? rest : [member, ...rest];
      if (step.output === undefined) {
        if (lenient || path.length === 0) return null;
        throw new NoValue(`step ${id} has no output`);
      }
      return follow(step.output, path);
    }
    case "inputs":
      return follow(inputsOf(history), keys);
    case "context":
      return follow(contextAt(history, view.seq), keys);
    case "workflow":
      return follow({ template_name: history.evidence.record.run.templateName }, keys);
    case "loop":
    case "iter":
      return follow(loopView(view), keys);
    default:
      throw new NoValue(`no variable ${root}`);
  }
}

function stepNamed(id: string, { history, list, seq }: Viewpoint): StepState {
  for (let at: List | undefined = list; at; at = at.parent?.list) {
    if (at.steps.some((step) => step.id === id)) return history.step(at.prefix + id, seq);
  }
  const { top } = history.book;
  if (top.steps.some((step) => step.id === id) || history.book.find(id)) {
    return history.step(id, seq);
  }
  throw new NoValue(`no step ${id}`);
}

/** Definition `inputs`, overlaid by the params of the run. */
export function inputsOf({ evidence }: History): JsonObject {
  const params = JSON.parse(evidence.record.run.params) as JsonObject;
  return { ...evidence.definition.inputs, ...params };
}

/**
 * The definition's context, or that of the run from which this one is forked, with all that signals and
 * steps merged into it before `seq`.
 */
export function contextAt(history: History, seq: number): JsonObject {
  const { origin, evidence } = history;
  const context = origin
    ? contextAt(origin.history, origin.cut)
    : { ...evidence.definition.context };
  for (const event of history.events) {
    if (event.seq >= seq) break;
    Object.assign(context, contextChange(history, event));
  }
  return context;
}

const changes = new WeakMap<object, JsonObject | undefined>();

/** What an event merges into the context; each change may read the ones before it, so it is kept. */
export function contextChange(
  history: History,
  event: History["events"][number],
): JsonObject | undefined {
  if (!changes.has(event)) changes.set(event, readChange(history, event));
  return changes.get(event);
}

function readChange(
  history: History,
  event: History["events"][number],
): JsonObject | undefined {
  if (event.type === "variable_set") {
    return { [event.data.key as string]: event.data.value as Json };
  }
  if (event.type !== "step_completed") return undefined;
  const place = history.book.find(event.stepId!);
  if (place?.step.action !== "workflow.context") return undefined;
  const started = history.last(place.id, "step_started", event.seq)!;
  const data = place.step.params!.data as JsonObject;
  return resolveTokens(data, {
    history,
    list: place.list,
    seq: started.seq,
  }) as JsonObject;
}

function loopView({ history, list, seq, index }: Viewpoint): JsonObject {
  if (index !== undefined) return { item: null, index };
  let at: List | undefined = list;
  while (at && at.parent?.type !== "loop") at = at.parent?.list;
  if (!at) throw new NoValue("there is no loop around it");
  const n = numberOf(at.namespace);
  return { item: itemsOf(history, at.parent!, seq)?.[n] ?? null, index: n };
}

/** The items that a for_each recorded in its present life; undefined for other loops. */
export function itemsOf(history: History, loop: Place, seq: number): Json[] | undefined {
  const start = history.lifeStart(loop.id, seq);
  if (!start) return undefined;
  const recorded = history.eventsOf(loop.id).find((event) =>
    event.type === "step_started" && event.seq >= start.seq && event.seq < seq &&
    Array.isArray(event.data.items)
  );
  return recorded?.data.items as Json[] | undefined;
}

/** What a loop's condition sees: the newest iteration's steps, or those of the one to come. */
export function conditionView(
  history: History,
  loop: Place,
  { seq, index }: { seq: number; index: number },
): Viewpoint {
  const { started } = iterations(history, loop, seq);
  const newest = started.length > 0 ? Math.max(...started) : 0;
  return { history, list: history.book.inside(loop, `iter_${newest}`)!, seq, index };
}
