// Which limits a run counts to: how many of its template, and of its agent, may be under way at once.

import type { LimitKind } from "../../core/limit-terms.ts";
import type { LimitRow, RunRow } from "../store/store.ts";

/** At most so many runs, by the name of what they are of. */
export interface GivenLimits {
  templates?: Readonly<Record<string, number>>;
  agents?: Readonly<Record<string, number>>;
}

/** What of a run says which limits count it. */
export type Limited = Pick<RunRow, "templateName" | "agentId" | "parentRunNo">;

const NONE: readonly LimitRow[] = [];

export class ConcurrencyLimits {
  readonly #by: Readonly<Record<LimitKind, ReadonlyMap<string, LimitRow>>>;
  readonly #areNone: boolean;

  constructor({ templates = {}, agents = {} }: GivenLimits = {}) {
    this.#by = { template: rowsOf("template", templates), agent: rowsOf("agent", agents) };
    this.#areNone = this.#by.template.size + this.#by.agent.size === 0;
  }

  /**
   * `isWithin`: it is below another run of its template. What a run has started is the business of that
   * one for its agent, and is not kept waiting for it.
   */
  of({ templateName, agentId, parentRunNo }: Limited, isWithin: boolean): readonly LimitRow[] {
    if (this.#areNone) return NONE;
    const template = isWithin ? undefined : this.#by.template.get(templateName);
    const agent = parentRunNo === null ? this.#by.agent.get(agentId) : undefined;
    return [template, agent].filter((limit) => limit !== undefined);
  }

  /** Whether there may be no more than so many runs of the template. */
  limitsTemplate(name: string): boolean {
    return this.#by.template.has(name);
  }
}

function rowsOf(
  kind: LimitKind,
  given: Readonly<Record<string, number>>,
): ReadonlyMap<string, LimitRow> {
  return new Map(Object.entries(given).map(([name, most]) => [name, { kind, name, most }]));
}

/** Those that count the run of a turn. */
export function limitsOf(
  { run: { row, marks }, env }: {
    run: { row: Limited; marks: { within?: true } };
    env: { concurrency: ConcurrencyLimits };
  },
): readonly LimitRow[] {
  return env.concurrency.of(row, marks.within === true);
}

/** As the setting is called. */
export function settingOf({ kind, name }: Pick<LimitRow, "kind" | "name">): string {
  return `limits.${kind}s.${name}`;
}
