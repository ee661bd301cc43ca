// Which lists of values a batch is written from, and the columns of each.

import { LIMIT_KINDS } from "../../../core/limit-terms.ts";
import type { EventRow, LimitRow, RunUpdate, TimerRow } from "../store.ts";
import {
  AGENTS,
  BUCKETS,
  CALLBACKS,
  columnsOf,
  CONTEXTS,
  DECISIONS,
  EVENTS,
  fieldsOf,
  FIRES,
  HOOKS,
  type Named,
  NOTICES,
  numberOf,
  PROGRESS,
  REVOKED_LINKS,
  RUNS,
  SCHEDULES,
  SEALS,
  STEPS,
  type Table,
  TALLIES,
  TEMPLATES,
  TIMERS,
} from "../tables.ts";

/** One value of a row as it is bound. Never a boolean: a binding aborts the process on one. */
export type Value = number | string | null | Uint8Array;

/** A list whose rows are made of `Row`s. */
export interface List<Row = unknown> {
  columns: readonly Named[];
  /** Those of them that a row has; by default all. */
  row?: readonly Named[];
  /** Only for the compiler. */
  of?: Row;
}

/** The names of columns for a statement; of the table that is called `of` in it, if it is. */
export function names(columns: readonly Named[], of?: string): string {
  return columns.map(({ name }) => (of === undefined ? name : `${of}.${name}`)).join(", ");
}

const all = <Row>(table: Table<Row>): List<Row> => ({ columns: columnsOf(table) });
const some = <Row, Field extends keyof Row & string>(
  table: Table<Row>,
  of: readonly Field[],
): List<Pick<Row, Field>> => ({ columns: columnsOf(table, of) });

const [runNo, status, lastSeq] = columnsOf(RUNS, ["runNo", "status", "lastSeq"]);

/** What is expected of a run that is changed, before what changes. */
export const EXPECTED: readonly Named[] = [
  runNo!,
  { ...status!, field: "expectStatus" satisfies keyof RunUpdate },
  { ...lastSeq!, field: "expectSeq" satisfies keyof RunUpdate },
];

/** Changes the columns of runs that are in the status and at the number that is expected. */
function guarded(progress: (keyof typeof PROGRESS)[]): List<RunUpdate> {
  return { columns: [...EXPECTED, ...columnsOf(RUNS, progress)] };
}

/** What names the event over all runs, before the columns of its row. */
const eventId = numberOf(EVENTS);

const events: List<EventRow> = {
  columns: [eventId, ...columnsOf(EVENTS)],
  row: columnsOf(EVENTS),
};

/** As hand-overs have them: of those without a time none gets into a list that writes it. */
const timers: List<TimerRow> = all(TIMERS);

/** Of no table: what a commit must find. */
const limits: List<LimitRow> = {
  columns: [
    { field: "kind", name: "kind", column: { kind: "name", nullable: false, names: LIMIT_KINDS } },
    { field: "name", name: "name", column: { kind: "text", nullable: false } },
    { field: "most", name: "most", column: { kind: "whole", nullable: false } },
  ],
};

/** In the order in which they are written. */
export const LISTS = {
  /** Of the runs that must exist. */
  guards: guarded(fieldsOf(PROGRESS)),
  /** The same without status and marks, which stay: a store writes the indexes on each column set. */
  steadyGuards: guarded(fieldsOf(PROGRESS, ["status", "marks"])),
  /** Of the timers without a run that must be as they were found; they go. */
  claims: timers,
  runs: all(RUNS),
  events,
  steps: all(STEPS),
  contexts: all(CONTEXTS),
  timers,
  /** Timers to remove. */
  untimers: some(TIMERS, ["runNo", "key"]),
  decisions: all(DECISIONS),
  /** Schedules to take away: before others come, which may have their names. */
  unschedules: some(SCHEDULES, ["id"]),
  schedules: all(SCHEDULES),
  fires: all(FIRES),
  /** Templates whose hooks go: those that stay come after. */
  unhooks: some(HOOKS, ["templateName"]),
  hooks: all(HOOKS),
  callbacks: all(CALLBACKS),
  /** Those that nobody is to be told of any more. */
  uncallbacks: some(CALLBACKS, ["runNo", "seq"]),
  notices: all(NOTICES),
  /** Those that their agents need not be told any more. */
  unnotices: some(NOTICES, ["id"]),
  revoked: all(REVOKED_LINKS),
  seals: all(SEALS),
  templates: all(TEMPLATES),
  /** Since when templates are archived, in all their versions. */
  archivings: some(TEMPLATES, ["name", "archivedAt"]),
  agents: all(AGENTS),
  /** How many more. */
  tallies: all(TALLIES),
  buckets: all(BUCKETS),
  /** Limits that must hold then. */
  limits,
} satisfies Record<string, List>;

/** Lists whose rows must all be found. */
export const GUARDS: readonly ListName[] = ["guards", "steadyGuards", "claims"];

/** The same of those that are looked at once all is written. */
export const LAST_GUARDS: readonly ListName[] = ["limits"];

export type ListName = keyof typeof LISTS;

/** What a row of each list is made of. */
export type ListRows = {
  [Name in ListName]: (typeof LISTS)[Name] extends List<infer Row> ? Row : never;
};

export const LIST_NAMES = Object.keys(LISTS) as ListName[];

/** Those that write, in their order. */
export const WRITTEN = LIST_NAMES.filter((list) => ![...GUARDS, ...LAST_GUARDS].includes(list));

/** Values of a row of each list. */
export const WIDTH = Object.fromEntries(
  LIST_NAMES.map((list) => [list, LISTS[list].columns.length]),
) as Record<ListName, number>;
