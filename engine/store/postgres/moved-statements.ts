// The statements by which rows that are moved get into the tables of a server, and its numbers go on after them.

import type { Value } from "../sql/lists.ts";
import { MOVED, type MovedRow, type MovedTable } from "../transfer.ts";
import { DECISIONS, EVENTS, NOTICES, RUNS, TEMPLATES } from "../tables.ts";
import { arraysOfColumns, given } from "./statements.ts";

/** Where rows are kept whose table is a view: those of every node, of which 0 is none. */
const SLOTS: Readonly<Record<string, string>> = { tallies: "tally_slots", buckets: "bucket_slots" };

const tableOf = ({ name }: MovedTable) => SLOTS[name] ?? name;

/** No row is left of what is moved. */
export const CLEAR = `TRUNCATE ${MOVED.map(tableOf).join(", ")}`;

/** Rows more, or in the place of those with their keys; a parameter a column. */
export function upserted(table: MovedTable): string {
  const { columns, key } = table;
  // What is beside what is described: whose counts they are, and until all runs are there each is a root.
  const [more, value] = table.name in SLOTS
    ? [["node_no"], ["0"]]
    : table.name === RUNS.name
    ? [["root_run_no"], ["c1"]]
    : [[], []];
  const list = columns.map(({ name }) => name);
  const values = columns.map((_, i) => `c${i + 1}`);
  const keys = key.map(({ name }) => name);
  const set = list.filter((name) => !keys.includes(name))
    .map((name) => `${name} = excluded.${name}`);
  // Numbers that the server would give are those that the rows have.
  return `INSERT INTO ${tableOf(table)} (${[...list, ...more].join(", ")})
    OVERRIDING SYSTEM VALUE
    SELECT ${[...values, ...value].join(", ")} FROM ${given(columns)}
    ON CONFLICT (${[...keys, ...(table.name in SLOTS ? more : [])].join(", ")})
    DO ${set.length === 0 ? "NOTHING" : `UPDATE SET ${set.join(", ")}`}`;
}

/** The parameters of that statement. */
export function movedArrays({ columns }: MovedTable, rows: readonly MovedRow[]): Buffer[] {
  return arraysOfColumns(columns, rows.flat() as Value[]);
}

/** Each run of a tree gets the first of it; one whose parent is gone is the first. */
export const ROOTS = `WITH RECURSIVE tree (run_no, root) AS (
    SELECT run_no, run_no FROM runs AS one WHERE parent_run_no IS NULL
      OR NOT EXISTS (SELECT 1 FROM runs AS p WHERE p.run_no = one.parent_run_no)
    UNION ALL SELECT child.run_no, tree.root
      FROM runs AS child JOIN tree ON child.parent_run_no = tree.run_no
  ) UPDATE runs SET root_run_no = tree.root FROM tree
    WHERE runs.run_no = tree.run_no AND runs.root_run_no <> tree.root`;

/** A sequence goes on after the highest number of the column, and never back. */
function numberOn(sequence: string, table: string, column: string): string {
  return `SELECT setval(${sequence},
      greatest(coalesce(max(${column}), 0) + 1, nextval(${sequence})), false) FROM ${table}`;
}

const identity = (table: string) => `pg_get_serial_sequence('${table}', 'no')`;

export const NUMBER_ON: readonly string[] = [
  numberOn("'event_ids'", EVENTS.name, "id"),
  numberOn("'run_nos'", RUNS.name, "run_no"),
  ...[DECISIONS, TEMPLATES, NOTICES].map(({ name }) => numberOn(identity(name), name, "no")),
];
