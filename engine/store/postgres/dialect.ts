// How the reads say to PostgreSQL what databases say in different words.

import { COMPOSED } from "../composed.ts";
import { SMALL_TEXT } from "../cut.ts";
import type { Dialect } from "../sql/dialect.ts";

/** What stands before a composed text, in SQL. */
const MARK = "E'\\x01'";

/** The id of the run that a run is forked from, as the index has it; it has no escapes, others may. */
export const FORKED_FROM = `CAST(replace(forked_from, '\\u', '\\n') AS json) ->> 'workflow_id'`;

export const POSTGRES: Dialect = {
  unindexed: "",
  // The planner knows how many rows there are of each, and takes no orders.
  indexedBy: () => "",
  unsearched: (column) => column,
  shownUpTo: null,
  isFree: () => "true",
  isFreeTimer: () => "true",
  lesser: (a, b) => `least(${a}, ${b})`,
  // Escapes of characters that no text here can have would be refused; a member that is asked for has none.
  hasMember: (column, member) =>
    `(CAST(replace(${column}, '\\u', '\\n') AS json) -> '${member}') IS NOT NULL`,
  textsOf: (array) =>
    `(SELECT value FROM json_array_elements_text(CAST(${array} AS json)) AS t(value)) AS texts`,
  numbersOf: (array) =>
    `(SELECT CAST(value AS bigint) AS value, place - 1 AS key
      FROM json_array_elements_text(CAST(${array} AS json)) WITH ORDINALITY AS t(value, place)
    ) AS numbers`,
  // What is composed begins with its length, which is that of its bytes but for what is not ASCII.
  contentSize: (column) =>
    `CASE WHEN left(${column}, 1) = ${MARK}
      THEN CAST(substr(split_part(left(${column}, 32), ' ', 1), 2) AS bigint)
    ELSE coalesce(octet_length(${column}), 0) END`,
  smallContent: (column) =>
    `CASE WHEN octet_length(${column}) <= ${SMALL_TEXT} AND left(${column}, 1) <> ${MARK}
    THEN ${column} END`,
  apart: (value) =>
    typeof value === "string" && value.startsWith(COMPOSED)
      ? { composed: value.slice(COMPOSED.length) }
      : null,
};

/** See `take_event_ids` for why what is before is a prefix. */
export const SHOWN_UP_TO = `SELECT coalesce(max(id), 0) AS id FROM events
  WHERE xid < pg_snapshot_xmin(pg_current_snapshot())`;

/** Of the first run of a tree, as far as a look can tell: nobody who is alive has it. */
export const UNOWNED = "NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.no = root.owner)";

/** The same where several nodes write, of which this is one. */
export function sharedPostgres(nodeNo: number): Dialect {
  return {
    ...POSTGRES,
    shownUpTo: SHOWN_UP_TO,
    isFree: (run) =>
      `EXISTS (SELECT 1 FROM runs AS root WHERE root.run_no = ${run}.root_run_no
        AND (root.owner = ${nodeNo} OR ${UNOWNED}))`,
    isFreeTimer: (timer) =>
      `(${timer}.node_no = ${nodeNo}
        OR NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.no = ${timer}.node_no))`,
  };
}
