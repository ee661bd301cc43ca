// The statement by which the rows of each list are written, all at once, and the values that it takes.

import {
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
  SCHEDULES,
  SEALS,
  STEPS,
  type Table,
  TALLIES,
  TEMPLATES,
  TIMERS,
} from "../tables.ts";
import { begunOf } from "../sql/begun.ts";
import { EXPECTED, type ListName, LISTS, names, type Value } from "../sql/lists.ts";
import { elementType, encodeArray } from "./arrays.ts";
import { POSTGRES } from "./dialect.ts";
import { LIMIT_LOCKS } from "./names.ts";

export interface Statement {
  /** Its parameters are one array for each column of the list, then `more`. */
  sql: string;
  /** Columns of the list by which a later row takes the place of an earlier one of the same batch. */
  key?: readonly number[];
}

/** The parameters for the rows of a list: an array a column. */
export function arraysOf(list: ListName, flat: readonly Value[]): Buffer[] {
  return arraysOfColumns(LISTS[list].columns, flat);
}

export function arraysOfColumns(columns: readonly Named[], flat: readonly Value[]): Buffer[] {
  const step = columns.length;
  return columns.map(({ column }, from) => encodeArray(column.kind, flat, { from, step }));
}

/** The rows of a list as a table `v`. */
export function given(columns: readonly Named[]): string {
  const arrays = columns.map(({ column }, i) => `$${i + 1}::${elementType(column.kind)}[]`);
  return `unnest(${arrays.join(", ")}) AS v(${aliases(columns)})`;
}

/** Two columns of one list may be of one name: what is expected, and what it becomes. */
function aliases(columns: readonly Named[]): string {
  return columns.map((_, i) => `c${i + 1}`).join(", ");
}

/** Rows more, of these columns. */
function inserted<Row>(table: Table<Row>, columns = columnsOf(table)): string {
  return `INSERT INTO ${table.name} (${names(columns)}) SELECT ${aliases(columns)} FROM ${
    given(columns)
  }`;
}

/** The row as it is now instead of the one with its key; numbers beside it stay. */
function replaced<Row>(table: Table<Row>): Statement {
  const columns = columnsOf(table);
  const key = table.key as readonly string[];
  const set = columns.filter(({ field }) => !key.includes(field))
    .map(({ name }) => `${name} = excluded.${name}`);
  return {
    sql: `${inserted(table)} ON CONFLICT (${names(columnsOf(table, table.key))})
      DO UPDATE SET ${set.join(", ")}`,
    key: key.map((field) => columns.findIndex((column) => column.field === field)),
  };
}

/** Each node counts in rows of its own (`node_no`, the last parameter), so that none waits for another. */
function added<Row extends { count: number }>(table: Table<Row>, slots: string): Statement {
  const columns = columnsOf(table);
  const key = names(columnsOf(table, table.key));
  const node = `$${columns.length + 1}::int8`;
  return {
    sql: `INSERT INTO ${slots} AS t (node_no, ${names(columns)})
      SELECT ${node}, ${aliases(columns)} FROM ${given(columns)}
      ON CONFLICT (node_no, ${key}) DO UPDATE SET count = t.count + excluded.count`,
  };
}

/** With the number of the node that has set them, the last parameter: it acts on those without a run. */
function setTimers(): Statement {
  const columns = columnsOf(TIMERS);
  return {
    ...replaced(TIMERS),
    sql: `INSERT INTO ${TIMERS.name} (${names(columns)}, node_no)
      SELECT ${aliases(columns)}, $${columns.length + 1}::int8 FROM ${given(columns)}
      ON CONFLICT (${names(columnsOf(TIMERS, TIMERS.key))})
      DO UPDATE SET due_at = excluded.due_at, node_no = excluded.node_no`,
  };
}

/** Fails with GUARD_MISSED unless there were as many rows as were given. */
function all(list: ListName, changed: string): Statement {
  return {
    sql: `WITH done AS (${changed} RETURNING 1)
      SELECT must(count(*) = cardinality($1::${elementType(LISTS[list].columns[0]!.column.kind)}[]),
        'a run or a timer is not in the expected state') FROM done`,
  };
}

/** Where a row of runs has the number of who has started it. */
const PARENT = LISTS.runs.columns.findIndex(({ field }) => field === "parentRunNo");

/** The run must be as it was left, and its tree the node's, if one is given. */
function guarded(list: "guards" | "steadyGuards"): Statement {
  const { columns } = LISTS[list];
  const set = columns.map(({ name }, i) => `${name} = v.c${i + 1}`).slice(EXPECTED.length);
  return all(
    list,
    `UPDATE runs SET ${set.join(", ")} FROM ${given(columns)}, runs AS root
     WHERE runs.run_no = v.c1 AND runs.status = v.c2 AND runs.last_seq = v.c3
       AND root.run_no = runs.root_run_no
       AND ($${columns.length + 1}::int8 IS NULL OR root.owner = $${columns.length + 1}::int8)`,
  );
}

const runs = LISTS.runs.columns;

/** A run that another has started is of that one's tree, which the batch may have brought. */
const INSERT_RUNS = `INSERT INTO runs (${names(runs)}, root_run_no, owner)
  SELECT ${aliases(runs)}, root, CASE WHEN root = c1 THEN $${runs.length + 2}::int8 END
  FROM (SELECT v.*, coalesce(
      v.c${runs.length + 1},
      (SELECT p.root_run_no FROM runs p WHERE p.run_no = v.c${PARENT + 1}),
      v.c1
    ) AS root
    FROM unnest(${
  [...runs.map(({ column }) => column.kind), "whole" as const]
    .map((kind, i) => `$${i + 1}::${elementType(kind)}[]`).join(", ")
}) AS v(${runs.map((_, i) => `c${i + 1}`).join(", ")}, c${runs.length + 1})) AS v`;

/** Removes the rows that are any of these. */
function removed(table: { name: string }, list: ListName): string {
  const { columns } = LISTS[list];
  const same = columns.map(({ name }, i) => `t.${name} = v.c${i + 1}`).join(" AND ");
  return `DELETE FROM ${table.name} AS t USING ${given(columns)} WHERE ${same}`;
}

const events = LISTS.events.columns;

/** The setting of a transaction that has the id before those of its events. */
export const EVENTS_BEFORE = "opcode.events_before";

/**
 * Must be the first statement of a transaction that has events: see the function. Takes how many there
 * are, and answers the id before theirs.
 */
export const TAKE_EVENT_IDS =
  `SELECT set_config('${EVENTS_BEFORE}', take_event_ids($1::int8)::text, true)::int8 AS before`;

export const STATEMENTS: Record<ListName, Statement> = {
  guards: guarded("guards"),
  steadyGuards: guarded("steadyGuards"),
  claims: all("claims", removed(TIMERS, "claims")),
  limits: {
    sql: `SELECT must(c3 >= ${begunOf(POSTGRES, { kind: "c1", name: "c2" })},
      'as many runs have begun as a limit allows') FROM ${given(LISTS.limits.columns)}`,
  },
  runs: { sql: INSERT_RUNS },
  // Numbered on from what the transaction has begun with: see `TAKE_EVENT_IDS`.
  events: {
    sql: `INSERT INTO ${EVENTS.name} (${names(events)})
      SELECT current_setting('${EVENTS_BEFORE}')::int8 + c1, ${aliases(events).replace("c1, ", "")}
      FROM ${given(events)}`,
  },
  steps: replaced(STEPS),
  contexts: replaced(CONTEXTS),
  timers: setTimers(),
  untimers: { sql: removed(TIMERS, "untimers") },
  decisions: replaced(DECISIONS),
  unschedules: { sql: removed(SCHEDULES, "unschedules") },
  schedules: replaced(SCHEDULES),
  fires: replaced(FIRES),
  unhooks: { sql: removed(HOOKS, "unhooks") },
  hooks: { sql: inserted(HOOKS) },
  callbacks: replaced(CALLBACKS),
  uncallbacks: { sql: removed(CALLBACKS, "uncallbacks") },
  notices: { sql: inserted(NOTICES) },
  unnotices: { sql: removed(NOTICES, "unnotices") },
  revoked: replaced(REVOKED_LINKS),
  seals: replaced(SEALS),
  templates: { sql: inserted(TEMPLATES) },
  archivings: {
    sql: `UPDATE templates SET archived_at = v.c2 FROM ${given(LISTS.archivings.columns)}
      WHERE templates.name = v.c1`,
  },
  agents: {
    sql: `INSERT INTO agents AS t (${names(LISTS.agents.columns)})
      SELECT ${aliases(LISTS.agents.columns)} FROM ${given(LISTS.agents.columns)} ORDER BY c1
      ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at
      WHERE coalesce(t.last_seen_at, 0) < excluded.last_seen_at`,
  },
  tallies: added(TALLIES, "tally_slots"),
  buckets: added(BUCKETS, "bucket_slots"),
};

/**
 * To be sent before that of `limits`: of those who begin runs under one limit each sees what the others
 * have begun. In the order of the keys, so that no two wait for each other.
 */
export const LOCK_LIMITS = `SELECT pg_advisory_xact_lock(${LIMIT_LOCKS}, key) FROM (
  SELECT DISTINCT hashtext(c1 || ' ' || c2) AS key FROM ${given(LISTS.limits.columns)} ORDER BY key
) AS keys`;

/** Lists whose statement takes, after the arrays, the number of the node whose the runs must be, or null. */
export const GUARDED: readonly ListName[] = ["guards", "steadyGuards"];

/** Lists whose statement takes the node's number after the arrays. */
export const OF_NODE: readonly ListName[] = [
  "runs",
  "timers",
  "tallies",
  "buckets",
];

/**
 * By row of new runs, flat, the first of the tree that it belongs to, where the batch itself tells: a
 * run that nobody has started is its own, and others come behind who has started them.
 */
export function rootsOf(flat: readonly Value[]): Value[] {
  const roots = new Map<Value, Value>();
  const found: Value[] = [];
  for (let at = 0; at < flat.length; at += runs.length) {
    const [runNo, parent] = [flat[at]!, flat[at + PARENT]!];
    const root = parent === null ? runNo : roots.get(parent) ?? null;
    if (root !== null) roots.set(runNo, root);
    found.push(root);
  }
  return found;
}

/** The rows without those that a later one of the same key takes the place of. */
export function lastOfEach(list: ListName, flat: Value[]): Value[] {
  const { key } = STATEMENTS[list];
  const width = LISTS[list].columns.length;
  if (key === undefined || flat.length <= width) return flat;
  const rows = new Map<string, number>();
  for (let at = 0; at < flat.length; at += width) {
    rows.set(key.map((column) => flat[at + column]).join("\0"), at);
  }
  if (rows.size === flat.length / width) return flat;
  return [...rows.values()].flatMap((at) => flat.slice(at, at + width));
}
