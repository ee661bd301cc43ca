// Which plan a template's version has: compiled once, kept while it is in use.

import type { ActionRegistry } from "../actions/action.ts";
import { OpcodeError } from "../core/errors.ts";
import { compilePlan } from "./definition/compile.ts";
import type { Plan } from "./definition/plan.ts";
import type { Store, TemplateRow } from "./store/store.ts";
import { formatVersion } from "./version.ts";
import { WeightedCache } from "./weighted-cache.ts";

/** Characters of the definitions whose plans are kept: a plan takes several times as much. */
const MOST_DEFINITIONS = 32 * 1024 * 1024;
/** What a plan weighs beside its definition. */
const PLAN_WEIGHT = 32 * 1024;

export class Templates {
  readonly #store: Store;
  readonly #registry: ActionRegistry;
  readonly #plans = new WeightedCache<Promise<Plan>>(MOST_DEFINITIONS);
  /** Newest committed version by name: every define goes through `stored`. */
  readonly #latest = new Map<string, number>();

  constructor(store: Store, registry: ActionRegistry) {
    this.#store = store;
    this.#registry = registry;
  }

  /** The compiled version; null means the latest. NOT_FOUND when there is none. */
  async plan(name: string, version: number | null): Promise<Plan> {
    const wanted = version ?? this.#latest.get(name);
    const cached = wanted === undefined ? undefined : this.#plans.get(keyOf(name, wanted));
    if (cached) return cached;
    const row = await this.#store.template(name, version);
    if (!row) throw notFound(name, version);
    if (version === null) this.#latest.set(name, row.version);
    return this.#plans.get(keyOf(name, row.version)) ?? this.#compile(row);
  }

  /** A new version was committed. */
  stored(name: string, version: number): void {
    if (version > (this.#latest.get(name) ?? 0)) this.#latest.set(name, version);
  }

  #compile(row: TemplateRow): Promise<Plan> {
    const key = keyOf(row.name, row.version);
    const plan = compilePlan(row, this.#registry);
    this.#plans.set(key, plan, PLAN_WEIGHT + row.definition.length);
    plan.catch(() => this.#plans.delete(key));
    return plan;
  }
}

export function notFound(name: string, version: number | null): OpcodeError {
  const which = version === null ? name : `${name}:${formatVersion(version)}`;
  return new OpcodeError("NOT_FOUND", `template "${which}" not found`, {
    details: { template_name: name, ...(version !== null && { version: formatVersion(version) }) },
  });
}

function keyOf(name: string, version: number): string {
  return `${version}:${name}`;
}
