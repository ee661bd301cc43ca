// Where a full step id stands in its definition: its step, its list, the steps around it.

import type { JsonObject } from "../../../core/json.ts";
import type { StepDefinition, WorkflowDefinition } from "../../../engine/definition/types.ts";
import type { ConditionConfig } from "../../../engine/steps/condition.ts";
import type { LoopConfig } from "../../../engine/steps/loop.ts";
import type { ParallelConfig } from "../../../engine/steps/parallel.ts";
import { type StepType, typeOf } from "../step-type.ts";

/** The steps of one branch, iteration or hook, or those at the top. */
export interface List {
  /** What full ids of its steps begin with; empty at the top and for hooks. */
  prefix: string;
  kind: "graph" | "sequence" | "hook";
  /** A branch key, `default`, `iter_<n>` or `branch_<n>`; the hook's name; empty at the top. */
  namespace: string;
  parent: Place | null;
  steps: readonly StepDefinition[];
}

export interface Place {
  /** Full id. */
  id: string;
  step: StepDefinition;
  type: StepType;
  role: "step" | "fallback" | "hook";
  list: List;
}

export class PlaceBook {
  readonly top: List;
  readonly hooks: { on_complete: List | null; on_error: List | null };
  readonly #places = new Map<string, Place | null>();
  readonly #lists = new Map<string, List | null>();
  /** Steps that some step falls back to, with those steps. */
  readonly #callers = new Map<StepDefinition, StepDefinition[]>();

  constructor(definition: WorkflowDefinition) {
    this.top = {
      prefix: "",
      kind: "graph",
      namespace: "",
      parent: null,
      steps: definition.steps,
    };
    const hook = (name: "on_complete" | "on_error"): List | null => {
      const step = definition[name];
      return step
        ? { prefix: "", kind: "hook", namespace: name, parent: null, steps: [step] }
        : null;
    };
    this.hooks = { on_complete: hook("on_complete"), on_error: hook("on_error") };
    for (
      const { steps } of [this.top, this.hooks.on_complete, this.hooks.on_error].filter(
        Boolean,
      ) as List[]
    ) {
      this.#collectCallers(steps, []);
    }
  }

  /** The place that a full id names; undefined when the definition has no such step. */
  find(id: string): Place | undefined {
    let place = this.#places.get(id);
    if (place === undefined) {
      place = this.#search(id, this.top);
      for (const hook of Object.values(this.hooks)) place ??= hook && this.#search(id, hook);
      this.#places.set(id, place ??= null);
    }
    return place ?? undefined;
  }

  /** All places of a list, in its order. */
  members(list: List): Place[] {
    return list.steps.map((step) => this.find(list.prefix + step.id)!);
  }

  /** The list in a flow step with this namespace; undefined when it cannot have one. */
  inside(parent: Place, namespace: string): List | undefined {
    const key = `${parent.id}.${namespace}.`;
    let list = this.#lists.get(key);
    if (list === undefined) {
      const steps = listSteps(parent.step, namespace);
      list = steps ? { prefix: key, kind: "sequence", namespace, parent, steps } : null;
      this.#lists.set(key, list);
    }
    return list ?? undefined;
  }

  /** The step that this one falls back to, among its siblings or further out. */
  fallbackOf(place: Place): Place | undefined {
    const { on_error: handler } = place.step;
    if (handler?.strategy !== "fallback_step") return undefined;
    for (let list: List | undefined = place.list; list; list = list.parent?.list) {
      const found = list.steps.find(({ id }) => id === handler.fallback_step);
      if (found) return this.find(list.prefix + found.id);
    }
    return undefined;
  }

  /** The steps, as they are defined, that may call this fallback. */
  callersOf(place: Place): readonly StepDefinition[] {
    return this.#callers.get(place.step) ?? [];
  }

  #search(id: string, list: List): Place | null {
    if (!id.startsWith(list.prefix)) return null;
    const rest = id.slice(list.prefix.length);
    for (const step of list.steps) {
      if (rest !== step.id && !rest.startsWith(`${step.id}.`)) continue;
      const role = list.kind === "hook" ? "hook" : this.#callers.has(step) ? "fallback" : "step";
      const place: Place = {
        id: list.prefix + step.id,
        step,
        type: typeOf(step),
        role,
        list,
      };
      if (rest === step.id) return place;
      const own = this.find(place.id) ?? place;
      for (const namespace of namespacesIn(step, rest.slice(step.id.length + 1))) {
        const inner = this.inside(own, namespace);
        const found = inner && this.#search(id, inner);
        if (found) return found;
      }
    }
    return null;
  }

  #collectCallers(steps: readonly StepDefinition[], outer: readonly StepDefinition[][]): void {
    const lists = [[...steps], ...outer];
    for (const step of steps) {
      const { on_error: handler } = step;
      if (handler?.strategy === "fallback_step") {
        const list = lists.find((one) => one.some(({ id }) => id === handler.fallback_step));
        const target = list?.find(({ id }) => id === handler.fallback_step);
        if (target) this.#callers.set(target, [...this.#callers.get(target) ?? [], step]);
      }
      for (const inner of innerLists(step)) this.#collectCallers(inner, lists);
    }
  }
}

function innerLists({ type, config }: StepDefinition): StepDefinition[][] {
  switch (type) {
    case "condition": {
      const { branches, default: otherwise } = config as unknown as ConditionConfig;
      return [...Object.values(branches), otherwise ?? []];
    }
    case "loop":
      return [(config as unknown as LoopConfig).body];
    case "parallel":
      return (config as unknown as ParallelConfig).branches;
    default:
      return [];
  }
}

function listSteps({ type, config }: StepDefinition, namespace: string): StepDefinition[] | null {
  switch (type) {
    case "condition": {
      const { branches, default: otherwise } = config as unknown as ConditionConfig;
      if (Object.hasOwn(branches, namespace)) return branches[namespace]!;
      return namespace === "default" ? otherwise ?? null : null;
    }
    case "loop":
      return /^iter_\d+$/.test(namespace) ? (config as unknown as LoopConfig).body : null;
    case "parallel": {
      const index = /^branch_(\d+)$/.exec(namespace)?.[1];
      return (config as unknown as ParallelConfig).branches[Number(index)] ?? null;
    }
    default:
      return null;
  }
}

/** Namespaces with which `rest` may begin. */
function namespacesIn({ type, config }: StepDefinition, rest: string): string[] {
  if (type === "condition") {
    const keys = [...Object.keys((config as JsonObject).branches as JsonObject), "default"];
    return keys.filter((key) => rest.startsWith(`${key}.`));
  }
  const numbered = /^((?:iter|branch)_\d+)\./.exec(rest);
  return numbered ? [numbered[1]!] : [];
}

/** The steps around a place, innermost first. */
export function* around(place: Place): Generator<Place> {
  for (let outer = place.list.parent; outer; outer = outer.list.parent) yield outer;
}

/** The place at the top, or the hook, that the place is or is inside of. */
export function rootOf(place: Place): Place {
  let root = place;
  while (root.list.parent) root = root.list.parent;
  return root;
}

/** The number in `iter_<n>` or `branch_<n>`. */
export function numberOf(namespace: string): number {
  return Number(namespace.slice(namespace.indexOf("_") + 1));
}
