// Which plan a template's version has: compiled once, kept while it is in use.

import { getHeapStatistics } from "node:v8";
import type { ActionRegistry } from "../actions/action.ts";
import { rfc3339 } from "../core/clock.ts";
import { OpcodeError } from "../core/errors.ts";
import { Lru } from "../core/lru.ts";
import type { Slicing } from "../core/slices.ts";
import { quoted } from "../core/text.ts";
import { NoSuchTemplate } from "./access.ts";
import { compilePlan } from "./definition/compile.ts";
import type { Plan } from "./definition/plan.ts";
import { KeyedLock } from "./keyed-lock.ts";
import type { NewestVersion, Store, TemplateRow } from "./store/store.ts";
import { formatVersion } from "./version.ts";

/**
 * Characters of the definitions whose plans are kept: a plan takes several times as much, and a heap
 * of 256 MiB must not be full of them.
 */
const MOST_DEFINITIONS = Math.min(32 * 1024 * 1024, getHeapStatistics().heap_size_limit / 32);
/** Names that are compared with one that is not there. */
const MOST_NAMES = 1_000;
/** Names whose newest version, and whether they are archived, is remembered; of others it is one read away. */
const MOST_LATEST = 10_000;
/** What a plan weighs beside its definition. */
const PLAN_WEIGHT = 32 * 1024;

export class TemplatePlans {
  readonly #store: Store;
  readonly #registry: ActionRegistry;
  readonly #slicing: Slicing;
  readonly #plans = new Lru<{ plan: Promise<Plan>; weight: number }>(
    Infinity,
    MOST_DEFINITIONS,
    (_, { weight }) => weight,
  );
  /** Newest committed version by name: every define of this process goes through `stored`. */
  readonly #latest = new Map<string, number>();
  /** Since when they are archived: every change of that by this process goes through `archived`. */
  readonly #archived = new Map<string, Promise<number | null>>();
  /** Reads of what is newest that have not begun: whoever asks meanwhile has their answer. */
  readonly #asked = new Map<string, Promise<NewestVersion | null>>();
  readonly #reads = new KeyedLock();

  constructor(store: Store, registry: ActionRegistry, slicing: Slicing) {
    this.#store = store;
    this.#registry = registry;
    this.#slicing = slicing;
  }

  /** The compiled version; null means the latest. NOT_FOUND when there is none. */
  async plan(name: string, version: number | null): Promise<Plan> {
    const wanted = version ?? await this.#known(name);
    const cached = wanted === undefined ? undefined : this.#plans.peek(keyOf(name, wanted));
    if (cached) return cached.plan;
    const row = await this.#store.template(name, wanted ?? null);
    if (!row) throw await this.#notFound(name, version);
    if (version === null) this.stored(name, row.version);
    if (!this.#archived.has(name)) this.archived(name, row.archivedAt);
    return this.#plans.peek(keyOf(name, row.version))?.plan ?? this.#compile(row);
  }

  /** The same for a run that is to begin: CONFLICT when the template is archived. */
  async planToRun(name: string, version: number | null): Promise<Plan> {
    const now = this.#isShared ? await this.#newest(name) : null;
    const plan = await this.plan(name, version ?? now?.version ?? null);
    const at = now ? now.archivedAt : await this.archivedAt(name);
    this.#refuseArchived(name, { at, until: "no run of it begins" });
    return plan;
  }

  /** Throws CONFLICT when the template is archived; `until`: what is not done until it is back. */
  async refuseArchived(name: string, until: string): Promise<void> {
    this.#refuseArchived(name, { at: await this.archivedAt(name), until });
  }

  #refuseArchived(name: string, { at, until }: { at: number | null; until: string }): void {
    if (at === null) return;
    const called = quoted(name);
    throw new OpcodeError(
      "CONFLICT",
      `template ${called} is archived since ${rfc3339(at)}: ${until} until somebody takes it ` +
        `back (opcode unarchive ${called}, POST /api/v1/templates/NAME/unarchive)`,
      { details: { template_name: name, archived_at: rfc3339(at) } },
    );
  }

  /** Since when the template is archived, epoch ms; null when it is not, or there is none. */
  async archivedAt(name: string): Promise<number | null> {
    if (this.#isShared) return (await this.#newest(name))?.archivedAt ?? null;
    let known = this.#archived.get(name);
    if (known === undefined) {
      known = this.#store.template(name, null).then((row) => row?.archivedAt ?? null);
      this.#remember(name, known);
      known.catch(() => this.#archived.delete(name));
    }
    return await known;
  }

  /** It was committed that the template is archived since then, or is not (null). */
  archived(name: string, at: number | null): void {
    this.#remember(name, Promise.resolve(at));
  }

  #remember(name: string, at: Promise<number | null>): void {
    this.#archived.delete(name);
    this.#archived.set(name, at);
    if (this.#archived.size > MOST_LATEST) {
      this.#archived.delete(this.#archived.keys().next().value!);
    }
  }

  /** The version as it is stored; null means the latest. NOT_FOUND when there is none. */
  async row(name: string, version: number | null): Promise<TemplateRow> {
    const row = await this.#store.template(name, version);
    if (!row) throw await this.#notFound(name, version);
    return row;
  }

  /** The number of the latest version; null when there is none. */
  async newest(name: string): Promise<number | null> {
    const known = await this.#known(name);
    if (known !== undefined) return known;
    const row = await this.#newest(name);
    if (row) this.stored(name, row.version);
    return row && row.version;
  }

  /** What another process defines meanwhile only the store knows. */
  get #isShared(): boolean {
    return this.#store.ownership !== undefined;
  }

  /** The number of the latest version if no read of all of it is needed; undefined: nothing is known of it. */
  async #known(name: string): Promise<number | undefined> {
    return this.#isShared ? (await this.#newest(name))?.version : this.#latest.get(name);
  }

  /** What is stored by now: one read for all who ask before it begins. */
  #newest(name: string): Promise<NewestVersion | null> {
    let asked = this.#asked.get(name);
    if (asked === undefined) {
      asked = this.#reads.run(name, () => {
        this.#asked.delete(name);
        return this.#store.newestVersion(name);
      });
      this.#asked.set(name, asked);
    }
    return asked;
  }

  /** A new version was committed. */
  stored(name: string, version: number): void {
    const newest = Math.max(version, this.#latest.get(name) ?? 0);
    this.#latest.delete(name);
    this.#latest.set(name, newest);
    if (this.#latest.size > MOST_LATEST) this.#latest.delete(this.#latest.keys().next().value!);
  }

  /** What was asked for is not there; says what may have been meant. */
  async #notFound(name: string, version: number | null): Promise<OpcodeError> {
    const newest = version === null ? null : await this.#store.template(name, null);
    if (newest) {
      const [asked, latest] = [formatVersion(version!), formatVersion(newest.version)];
      return new OpcodeError(
        "NOT_FOUND",
        `template "${name}" ${asked} not found; the latest version is ${latest}`,
        { details: { template_name: name, version: asked, latest } },
      );
    }
    const names = await this.#store.templateNames(MOST_NAMES);
    return new NoSuchTemplate(name, names, names.length === MOST_NAMES);
  }

  #compile(row: TemplateRow): Promise<Plan> {
    const key = keyOf(row.name, row.version);
    const plan = compilePlan(row, this.#registry, this.#slicing());
    const weight = PLAN_WEIGHT + row.definition.length;
    this.#plans.get(key, () => ({ plan, weight }));
    plan.catch(() => this.#plans.delete(key));
    return plan;
  }
}

function keyOf(name: string, version: number): string {
  return `${version}:${name}`;
}
