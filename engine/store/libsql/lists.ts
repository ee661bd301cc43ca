// Which lists of values a batch is written from: the columns of each, and the statement for its rows.

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
import type { RowText } from "./multi-row.ts";

export interface List {
  columns: readonly Named[];
  /** Those of them that a row has; by default all. */
  row?: readonly Named[];
  /** The statement; `values` is the text of its rows, `(?, ?), (?, ?)` unless `text` says else. */
  sql(values: string): string;
  text?: RowText;
}

/** The names of columns for a statement; of the table that is called `of` in it, if it is. */
export function names(columns: readonly Named[], of?: string): string {
  return columns.map(({ name }) => (of === undefined ? name : `${of}.${name}`)).join(", ");
}

/** A row more; more columns come before its own. */
export function inserted<Row>(table: Table<Row>, verb = "INSERT", more: Named[] = []) {
  const row = columnsOf(table);
  const columns = [...more, ...row];
  return {
    columns,
    row,
    sql: (values: string) => `${verb} INTO ${table.name} (${names(columns)}) VALUES ${values}`,
  };
}

/** So much more than the row with its key has, or the row where there is none. */
function added<Row extends { count: number }>(table: Table<Row>): List {
  const { columns, sql } = inserted(table);
  const key = names(columnsOf(table, table.key));
  return {
    columns,
    sql: (values) =>
      `${sql(values)} ON CONFLICT (${key}) DO UPDATE SET count = count + excluded.count`,
  };
}

/** The row as it is now instead of the one with its key. */
export const replaced = <Row>(table: Table<Row>) => inserted(table, "REPLACE");

const [runNo, status, lastSeq] = columnsOf(RUNS, ["runNo", "status", "lastSeq"]);

/** Changes the columns of runs that are in the status and at the number that is expected. */
function guarded(progress: (keyof typeof PROGRESS)[]): List {
  const expected: Named[] = [
    runNo!,
    { ...status!, field: "expectStatus" satisfies keyof RunUpdate },
    { ...lastSeq!, field: "expectSeq" satisfies keyof RunUpdate },
  ];
  const changed = columnsOf(RUNS, progress);
  const set = changed.map(({ name }, i) => `${name} = v.column${expected.length + i + 1}`);
  return {
    columns: [...expected, ...changed],
    sql: (values) =>
      `UPDATE runs SET ${set.join(", ")} FROM (VALUES ${values}) AS v
       WHERE runs.run_no = v.column1 AND +runs.status = v.column2 AND +runs.last_seq = v.column3
       RETURNING runs.run_no`,
  };
}

/**
 * The condition for rows that are any of these. In a list of values SQLite looks up the first column
 * alone, and goes through all timers of the run for each.
 */
function any(columns: readonly Named[]): RowText {
  const each = columns.map(({ name }) => `${name} = ?`).join(" AND ");
  return { each: `(${each})`, between: " OR " };
}

/** What names the event over all runs, before the columns of its row. */
const eventId: Named = {
  field: "id",
  name: EVENTS.numbered!,
  column: { kind: "whole", nullable: false },
};

const agents = inserted(AGENTS);
const archived = columnsOf(TEMPLATES, ["name", "archivedAt"]);
const decisions = inserted(DECISIONS);
const schedules = inserted(SCHEDULES);
const uncalled = columnsOf(CALLBACKS, ["runNo", "seq"]);
const unnoticed = columnsOf(NOTICES, ["id"]);
const unhooked = columnsOf(HOOKS, ["templateName"]);
const unscheduled = columnsOf(SCHEDULES, ["id"]);
/** The columns but for the id as those of the row that could not be inserted. */
const excluded = (columns: readonly Named[]) =>
  columns.filter(({ name }) => name !== "id").map(({ name }) => `${name} = excluded.${name}`)
    .join(", ");
const claimed = columnsOf(TIMERS);
const untimed = columnsOf(TIMERS, ["runNo", "key"]);

/** In the order in which they are written. */
export const LISTS = {
  /** Of the runs that must exist. */
  guards: guarded(fieldsOf(PROGRESS)),
  /** The same without status and marks, which stay: SQLite writes the indexes on each column set. */
  steadyGuards: guarded(fieldsOf(PROGRESS, ["status", "marks"])),
  /** Of the timers without a run that must be as they were found. */
  claims: {
    columns: claimed,
    sql: (those) => `DELETE FROM timers WHERE ${those} RETURNING key`,
    text: any(claimed),
  },
  runs: inserted(RUNS),
  events: inserted(EVENTS, "INSERT", [eventId]),
  steps: replaced(STEPS),
  contexts: replaced(CONTEXTS),
  timers: replaced(TIMERS),
  /** Timers to remove. */
  untimers: {
    columns: untimed,
    sql: (those) => `DELETE FROM timers WHERE ${those}`,
    text: any(untimed),
  },
  // In place: a row that is replaced would have a new number.
  decisions: {
    columns: decisions.columns,
    sql: (values) =>
      `${decisions.sql(values)} ON CONFLICT (id) DO UPDATE SET ${excluded(decisions.columns)}`,
  },
  /** Schedules to take away: before others come, which may have their names. */
  unschedules: {
    columns: unscheduled,
    sql: (those) => `DELETE FROM schedules WHERE ${those}`,
    text: any(unscheduled),
  },
  // In place: REPLACE would remove another schedule of the same name.
  schedules: {
    columns: schedules.columns,
    sql: (values) =>
      `${schedules.sql(values)} ON CONFLICT (id) DO UPDATE SET ${excluded(schedules.columns)}`,
  },
  fires: replaced(FIRES),
  /** Templates whose hooks go: those that stay come after. */
  unhooks: {
    columns: unhooked,
    sql: (those) => `DELETE FROM hooks WHERE ${those}`,
    text: any(unhooked),
  },
  hooks: inserted(HOOKS),
  callbacks: replaced(CALLBACKS),
  /** Those that nobody is to be told of any more. */
  uncallbacks: {
    columns: uncalled,
    sql: (those) => `DELETE FROM callbacks WHERE ${those}`,
    text: any(uncalled),
  },
  notices: inserted(NOTICES),
  /** Those that their agents need not be told any more. */
  unnotices: {
    columns: unnoticed,
    sql: (those) => `DELETE FROM notices WHERE ${those}`,
    text: any(unnoticed),
  },
  revoked: replaced(REVOKED_LINKS),
  seals: replaced(SEALS),
  templates: inserted(TEMPLATES),
  /** Since when templates are archived, in all their versions. */
  archivings: {
    columns: archived,
    sql: (values) =>
      `UPDATE templates SET archived_at = v.column2 FROM (VALUES ${values}) AS v
       WHERE templates.name = v.column1`,
  },
  agents: {
    columns: agents.columns,
    sql: (values) =>
      `${agents.sql(values)} ON CONFLICT (id) DO UPDATE
         SET last_seen_at = max(coalesce(last_seen_at, 0), excluded.last_seen_at)`,
  },
  tallies: added(TALLIES),
  buckets: added(BUCKETS),
} satisfies Record<string, List>;

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
