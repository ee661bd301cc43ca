// The statement by which the rows of each list are written, many at a time.

import {
  AGENTS,
  BUCKETS,
  CALLBACKS,
  columnsOf,
  CONTEXTS,
  DECISIONS,
  EVENTS,
  FIRES,
  HOOKS,
  type Named,
  NOTICES,
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
import { begunOf } from "../sql/begun.ts";
import { EXPECTED, type ListName, LISTS, names } from "../sql/lists.ts";
import { LIBSQL } from "./dialect.ts";
import type { RowText } from "./multi-row.ts";

export interface Statement {
  /** `values` is the text of its rows, `(?, ?), (?, ?)` unless `text` says else. */
  sql(values: string): string;
  text?: RowText;
}

/** Rows more, of these columns. */
export function inserted<Row>(
  table: Table<Row>,
  { verb = "INSERT", columns = columnsOf(table) }: { verb?: string; columns?: readonly Named[] } =
    {},
): Statement {
  return { sql: (values) => `${verb} INTO ${table.name} (${names(columns)}) VALUES ${values}` };
}

/** So much more than the row with its key has, or the row where there is none. */
function added<Row extends { count: number }>(table: Table<Row>): Statement {
  const key = names(columnsOf(table, table.key));
  return {
    sql: (values) =>
      `${inserted(table).sql(values)}
       ON CONFLICT (${key}) DO UPDATE SET count = count + excluded.count`,
  };
}

/** The row as it is now instead of the one with its key. */
const replaced = <Row>(table: Table<Row>) => inserted(table, { verb: "REPLACE" });

/** The columns but for the id as those of the row that could not be inserted. */
function inPlace<Row>(table: Table<Row>): Statement {
  const set = columnsOf(table).filter(({ name }) => name !== "id")
    .map(({ name }) => `${name} = excluded.${name}`).join(", ");
  return {
    sql: (values) => `${inserted(table).sql(values)} ON CONFLICT (id) DO UPDATE SET ${set}`,
  };
}

function guarded(list: "guards" | "steadyGuards"): Statement {
  const changed = LISTS[list].columns.slice(EXPECTED.length);
  const set = changed.map(({ name }, i) => `${name} = v.column${EXPECTED.length + i + 1}`);
  return {
    sql: (values) =>
      `UPDATE runs SET ${set.join(", ")} FROM (VALUES ${values}) AS v
       WHERE runs.run_no = v.column1 AND +runs.status = v.column2 AND +runs.last_seq = v.column3
       RETURNING runs.run_no`,
  };
}

/**
 * Removes rows that are any of these. In a list of values SQLite looks up the first column alone, and
 * goes through all timers of the run for each.
 */
function removed(table: { name: string }, list: ListName, returning = ""): Statement {
  const each = LISTS[list].columns.map(({ name }) => `${name} = ?`).join(" AND ");
  return {
    sql: (those) => `DELETE FROM ${table.name} WHERE ${those}${returning}`,
    text: { each: `(${each})`, between: " OR " },
  };
}

export const STATEMENTS: Record<ListName, Statement> = {
  guards: guarded("guards"),
  // SQLite writes the indexes on each column set.
  steadyGuards: guarded("steadyGuards"),
  claims: removed(TIMERS, "claims", " RETURNING key"),
  limits: {
    sql: (values) =>
      `SELECT 1 FROM (VALUES ${values}) AS v WHERE v.column3 >= ${
        begunOf(LIBSQL, { kind: "v.column1", name: "v.column2" })
      }`,
  },
  runs: inserted(RUNS),
  events: inserted(EVENTS, { columns: LISTS.events.columns }),
  steps: replaced(STEPS),
  contexts: replaced(CONTEXTS),
  timers: replaced(TIMERS),
  untimers: removed(TIMERS, "untimers"),
  // In place: a row that is replaced would have a new number.
  decisions: inPlace(DECISIONS),
  unschedules: removed(SCHEDULES, "unschedules"),
  // In place: REPLACE would remove another schedule of the same name.
  schedules: inPlace(SCHEDULES),
  fires: replaced(FIRES),
  unhooks: removed(HOOKS, "unhooks"),
  hooks: inserted(HOOKS),
  callbacks: replaced(CALLBACKS),
  uncallbacks: removed(CALLBACKS, "uncallbacks"),
  notices: inserted(NOTICES),
  unnotices: removed(NOTICES, "unnotices"),
  revoked: replaced(REVOKED_LINKS),
  seals: replaced(SEALS),
  templates: inserted(TEMPLATES),
  archivings: {
    sql: (values) =>
      `UPDATE templates SET archived_at = v.column2 FROM (VALUES ${values}) AS v
       WHERE templates.name = v.column1`,
  },
  agents: {
    sql: (values) =>
      `${inserted(AGENTS).sql(values)} ON CONFLICT (id) DO UPDATE
         SET last_seen_at = max(coalesce(last_seen_at, 0), excluded.last_seen_at)`,
  },
  tallies: added(TALLIES),
  buckets: added(BUCKETS),
};
