// How rows that are moved are read: in the order of their keys, as many as fit, with their contents whole.

import { COMPOSED } from "../composed.ts";
import type { HalfMoved, MovedKey, MovedRow, MovedTable, Page } from "../transfer.ts";
import type { Kind } from "../columns.ts";
import { names } from "./lists.ts";
import type { Raw, Reading } from "./reading.ts";
import { textSize } from "./sizes.ts";
import type { Source } from "./source.ts";

/** The table that is there while only a part of a migration is. */
export const HALF_MOVED = "half_moved";

export const MARK_HALF_MOVED = [
  `CREATE TABLE IF NOT EXISTS ${HALF_MOVED} (source text NOT NULL, stamp text NOT NULL)`,
  `DELETE FROM ${HALF_MOVED}`,
];

/** Kinds whose values may be large. */
const SIZED: readonly Kind[] = ["text", "json", "bytes"];

/** From where the data come of which only a part is there; its table must be there. */
export function* halfMoved(source: Source): Reading<HalfMoved | null> {
  const row = yield* source.row(`SELECT source, stamp FROM ${HALF_MOVED}`);
  return row === undefined ? null : { source: row.source, stamp: row.stamp };
}

/** How many rows each of the tables has, which must be there. */
export function* rowCounts(
  source: Source,
  tables: readonly MovedTable[],
): Reading<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const row = yield* source.row(`SELECT count(*) AS count FROM ${name} AS t`);
    counts[name] = row!.count;
  }
  return counts;
}

/** The key of the last row. */
export function* lastKey(source: Source, { name, key }: MovedTable): Reading<MovedKey | null> {
  const order = key.map((one) => `${one.name} DESC`).join(", ");
  const row = yield* source.row(`SELECT ${names(key)} FROM ${name} ORDER BY ${order} LIMIT 1`);
  return row === undefined ? null : key.map((one) => row[one.name]);
}

/** The rows behind that key. */
export function* movedRows(source: Source, table: MovedTable, page: Page): Reading<MovedRow[]> {
  const { columns, key } = table;
  const fit = yield* fitting(source, table, page);
  if (fit === 0) return [];
  const { sql, values } = behind(table, page.after);
  const raws = yield* source.rows(
    `SELECT ${names(columns)} FROM ${sql} ORDER BY ${names(key)} LIMIT ?`,
    [...values, fit],
  );
  const rows: MovedRow[] = [];
  for (const raw of raws) rows.push(yield* rowOf(source, table, raw));
  return rows;
}

/** How many of the next rows have no more bytes together; one in any case, unless there is none. */
function* fitting(source: Source, table: MovedTable, page: Page): Reading<number> {
  const sizes = table.columns.flatMap(({ name, column }) =>
    column.kind === "content"
      ? [source.dialect.contentSize(name)]
      : SIZED.includes(column.kind)
      ? [textSize(name)]
      : []
  );
  if (sizes.length === 0) return page.rows;
  const { sql, values } = behind(table, page.after);
  const raws = yield* source.rows(
    `SELECT CAST(${sizes.join(" + ")} AS bigint) AS size FROM ${sql}
     ORDER BY ${names(table.key)} LIMIT ?`,
    [...values, page.rows],
  );
  let bytes = 0;
  const over = raws.findIndex(({ size }) => (bytes += size) > page.bytes);
  return over === -1 ? raws.length : Math.max(1, over);
}

function behind({ name, key }: MovedTable, after: MovedKey | null) {
  if (after === null) return { sql: name, values: [] };
  const places = key.map(() => "?").join(", ");
  return { sql: `${name} WHERE (${names(key)}) > (${places})`, values: after };
}

function* rowOf(source: Source, { columns }: MovedTable, raw: Raw): Reading<MovedRow> {
  const row: MovedRow = [];
  for (const { name, column: { kind } } of columns) {
    const value = raw[name];
    if (kind === "content") row.push(yield* wholeContent(source, value));
    else if (kind === "bytes") row.push(new Uint8Array(value));
    else row.push(value);
  }
  return row;
}

/** What is composed stays so: the events that it is made of are moved as well. */
function* wholeContent(source: Source, value: unknown): Reading<string | null> {
  const apart = source.dialect.apart(value);
  if (apart !== null && "composed" in apart) return COMPOSED + apart.composed;
  return yield* source.text(value);
}
