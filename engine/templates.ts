// Which plan a template's version has: compiled once, kept while it is in use.

import type { ActionRegistry } from "../actions/action.ts";
import { OpcodeError } from "../core/errors.ts";
import { compilePlan } from "./definition/compile.ts";
import type { Plan } from "./definition/plan.ts";
import type { Store, TemplateRow } from "./store/store.ts";
import { formatVersion } from "./version.ts";

/** Plans kept; the least recently used goes first. */
const MOST_PLANS = 500;

export class Templates {
  readonly #store: Store;
  readonly #registry: ActionRegistry;
  readonly #plans = new Map<string, Promise<Plan>>();
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
    if (cached) {
      this.#keep(keyOf(name, wanted!), cached);
      return cached;
    }
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
    this.#keep(key, plan);
    plan.catch(() => this.#plans.delete(key));
    return plan;
  }

  #keep(key: string, plan: Promise<Plan>): void {
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    if (this.#plans.size > MOST_PLANS) this.#plans.delete(this.#plans.keys().next().value!);
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
