// What is counted with each commit, so that nobody has to look through the rows: how many there are, and when.

import { RUN_STATUSES } from "../../core/status.ts";
import type { AgentRow, DecisionRow, EventRow, RunRow, RunUpdate } from "./rows.ts";

/** What is counted of an agent: its runs by status, and the questions that wait for its answer. Only ever append. */
export const TALLIED = ["decisions", ...RUN_STATUSES] as const;

/** What is counted by the time at which it happened. Only ever append. */
export const HAPPENED = ["started", "completed", "failed"] as const;

/** How long the stretches are by which it is counted. Only ever append. */
export const SPANS = ["minute", "quarter"] as const;

export type Tallied = (typeof TALLIED)[number];
export type Happened = (typeof HAPPENED)[number];
export type Span = (typeof SPANS)[number];

const MINUTE_MS = 60_000;

/** All that are counted are so by the quarter of an hour too: days of every zone are made of those. */
export const SPAN_MS: Readonly<Record<Span, number>> = {
  minute: MINUTE_MS,
  quarter: 15 * MINUTE_MS,
};

/** For how long before the newest one stretches are kept, ms: an hour and 30 days are asked for. */
export const KEPT_MS: Readonly<Record<Span, number>> = {
  minute: 2 * 60 * MINUTE_MS,
  quarter: 32 * 24 * 60 * MINUTE_MS,
};

/** In place of an agent's id: all of them together. */
export const EVERYBODY = "";

/** How many of something an agent has; (agentId, what) is its identity. In a batch: how many more. */
export interface TallyRow {
  agentId: string;
  what: Tallied;
  count: number;
}

/** How often something happened in the stretch that begins at `at`; all but `count` is its identity. */
export interface BucketRow {
  span: Span;
  at: number;
  what: Happened;
  count: number;
}

export type Tallies = Readonly<Record<Tallied, number>>;

export interface AgentTally extends AgentRow {
  tallies: Tallies;
}

/** How often each happened from `at` to the next one's. */
export type Happenings = { at: number } & Readonly<Record<Happened, number>>;

/** What somebody looks at, in one snapshot. */
export interface Counts {
  /** Of all agents together. */
  tallies: Tallies;
  /** One for each stretch that was asked for. */
  minutes: Happenings[];
  days: Happenings[];
}

/** Where stretches begin, ascending; the last is the end of the one before. All begin with a minute, days with a quarter. */
export interface Stretches {
  minutes: readonly number[];
  days: readonly number[];
}

export function noTallies(): Record<Tallied, number> {
  return Object.fromEntries(TALLIED.map((what) => [what, 0])) as Record<Tallied, number>;
}

/** Nothing in any of the stretches. */
export function noHappenings(bounds: readonly number[]): Happenings[] {
  return bounds.slice(0, -1).map((at) => ({ at, started: 0, completed: 0, failed: 0 }));
}

/** What hand-overs add to the counts, one after the other: many of one batch come to few rows. */
export class Counting {
  readonly #tallies = new Map<string, TallyRow>();
  readonly #buckets = new Map<string, BucketRow>();

  create({ agentId, status, createdAt }: RunRow): void {
    this.#tally(agentId, status, 1);
    this.#happened("started", createdAt);
  }

  update({ agentId, expectStatus, status }: RunUpdate): void {
    if (status === expectStatus) return;
    this.#tally(agentId, expectStatus, -1);
    this.#tally(agentId, status, 1);
  }

  /** Ends are told by the log: a run that is revived and fails again in one turn has failed twice. */
  log({ type, at }: EventRow): void {
    if (type === "workflow_completed") this.#happened("completed", at);
    else if (type === "workflow_failed") this.#happened("failed", at);
  }

  /** A question comes once as pending, and once as over. */
  decide({ agentId, targetAgentId, status }: DecisionRow): void {
    this.#tally(targetAgentId ?? agentId, "decisions", status === "pending" ? 1 : -1);
  }

  /** Rows that say how many more there are; none of those of which there are as many. */
  get tallies(): TallyRow[] {
    return [...this.#tallies.values()].filter(({ count }) => count !== 0);
  }

  get buckets(): BucketRow[] {
    return [...this.#buckets.values()];
  }

  #tally(agentId: string, what: Tallied, more: number): void {
    for (const id of [agentId, EVERYBODY]) {
      const key = `${what} ${id}`;
      const row = this.#tallies.get(key);
      if (row) row.count += more;
      else this.#tallies.set(key, { agentId: id, what, count: more });
    }
  }

  #happened(what: Happened, when: number): void {
    for (const span of SPANS) {
      const at = when - when % SPAN_MS[span];
      const key = `${span} ${at} ${what}`;
      const row = this.#buckets.get(key);
      if (row) row.count++;
      else this.#buckets.set(key, { span, at, what, count: 1 });
    }
  }
}
