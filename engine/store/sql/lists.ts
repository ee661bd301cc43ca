// Which lists of values a batch is written from, and the columns of each.

import type {
  AgentRow,
  Archiving,
  CallbackRow,
  ContextRow,
  DecisionRow,
  EventRow,
  FireRow,
  HookRow,
  NoticeRow,
  RevokedLinks,
  RunRow,
  RunUpdate,
  ScheduleRow,
  SealRow,
  StepRow,
  TemplateRow,
  TimerRow,
} from "../store.ts";
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
import type { BucketRow, TallyRow } from "../counts.ts";

/** One value of a row as it is bound. Never a boolean: a binding aborts the process on one. */
export type Value = number | string | null | Uint8Array;

export interface List {
  columns: readonly Named[];
  /** Those of them that a row has; by default all. */
  row?: readonly Named[];
}

/** The names of columns for a statement; of the table that is called `of` in it, if it is. */
export function names(columns: readonly Named[], of?: string): string {
  return columns.map(({ name }) => (of === undefined ? name : `${of}.${name}`)).join(", ");
}

const all = <Row>(table: Table<Row>): List => ({ columns: columnsOf(table) });
const some = <Row>(table: Table<Row>, of: readonly (keyof Row & string)[]): List => ({
  columns: columnsOf(table, of),
});

const [runNo, status, lastSeq] = columnsOf(RUNS, ["runNo", "status", "lastSeq"]);

/** What is expected of a run that is changed, before what changes. */
export const EXPECTED: readonly Named[] = [
  runNo!,
  { ...status!, field: "expectStatus" satisfies keyof RunUpdate },
  { ...lastSeq!, field: "expectSeq" satisfies keyof RunUpdate },
];

/** Changes the columns of runs that are in the status and at the number that is expected. */
function guarded(progress: (keyof typeof PROGRESS)[]): List {
  return { columns: [...EXPECTED, ...columnsOf(RUNS, progress)] };
}

/** What names the event over all runs, before the columns of its row. */
const eventId: Named = {
  field: "id",
  name: EVENTS.numbered!,
  column: { kind: "whole", nullable: false },
};

/** In the order in which they are written. */
export const LISTS = {
  /** Of the runs that must exist. */
  guards: guarded(fieldsOf(PROGRESS)),
  /** The same without status and marks, which stay: a store writes the indexes on each column set. */
  steadyGuards: guarded(fieldsOf(PROGRESS, ["status", "marks"])),
  /** Of the timers without a run that must be as they were found; they go. */
  claims: all(TIMERS),
  runs: all(RUNS),
  events: { columns: [eventId, ...columnsOf(EVENTS)], row: columnsOf(EVENTS) },
  steps: all(STEPS),
  contexts: all(CONTEXTS),
  timers: all(TIMERS),
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
} satisfies Record<string, List>;

/** Lists whose rows must all be found. */
export const GUARDS: readonly ListName[] = ["guards", "steadyGuards", "claims"];

export type ListName = keyof typeof LISTS;

/** What a row of each list is made of. */
export interface ListRows {
  guards: RunUpdate;
  steadyGuards: RunUpdate;
  claims: TimerRow;
  runs: RunRow;
  events: EventRow;
  steps: StepRow;
  contexts: ContextRow;
  timers: TimerRow;
  untimers: TimerRow;
  decisions: DecisionRow;
  unschedules: Pick<ScheduleRow, "id">;
  schedules: ScheduleRow;
  fires: FireRow;
  unhooks: Pick<HookRow, "templateName">;
  hooks: HookRow;
  callbacks: CallbackRow;
  uncallbacks: Pick<CallbackRow, "runNo" | "seq">;
  notices: NoticeRow;
  unnotices: Pick<NoticeRow, "id">;
  revoked: RevokedLinks;
  seals: SealRow;
  templates: TemplateRow;
  archivings: Archiving;
  agents: AgentRow;
  tallies: TallyRow;
  buckets: BucketRow;
}

export const LIST_NAMES = Object.keys(LISTS) as ListName[];

/** Values of a row of each list. */
export const WIDTH = Object.fromEntries(
  LIST_NAMES.map((list) => [list, LISTS[list].columns.length]),
) as Record<ListName, number>;
