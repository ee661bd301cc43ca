// What a store must do so that its data can be moved into one of another kind: its rows as they are, table by table.

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
  numberOf,
  REVOKED_LINKS,
  RUNS,
  SCHEDULES,
  SEALS,
  SECRETS,
  STEPS,
  SUSPECTS,
  type Table,
  TALLIES,
  TEMPLATES,
  TIMERS,
  VAULT_META,
} from "./tables.ts";

import type { MovedKeys } from "./key-store.ts";

/** A table whose rows are moved. */
export interface MovedTable {
  name: string;
  /** All that a row has, in this order: its number first, where the table numbers its rows. */
  columns: readonly Named[];
  /** Those of the columns by which rows are in order, and of which no two have the same. */
  key: readonly Named[];
}

/**
 * The values of a row in the order of the columns. A name is its place among the names; a content is
 * its whole text, or, when it is composed, `COMPOSED` and how it is encoded.
 */
export type MovedRow = (number | string | null | Uint8Array)[];

export type MovedKey = (number | string)[];

function moved<Row>(table: Table<Row>): MovedTable {
  const columns = columnsOf(table);
  if (table.numbered === undefined) {
    return { name: table.name, columns, key: columnsOf(table, table.key) };
  }
  const number = numberOf(table);
  return { name: table.name, columns: [number, ...columns], key: [number] };
}

/** In the order in which they are moved. */
export const MOVED: readonly MovedTable[] = [
  moved(VAULT_META),
  moved(SECRETS),
  moved(AGENTS),
  moved(TEMPLATES),
  moved(HOOKS),
  moved(SCHEDULES),
  moved(FIRES),
  moved(RUNS),
  moved(CONTEXTS),
  moved(STEPS),
  moved(SEALS),
  moved(SUSPECTS),
  moved(TIMERS),
  moved(DECISIONS),
  moved(REVOKED_LINKS),
  moved(CALLBACKS),
  moved(NOTICES),
  moved(TALLIES),
  moved(BUCKETS),
  moved(EVENTS),
];

/** Of data that are not all there yet: from where they come, and what there was then. */
export interface HalfMoved {
  /** The `id` of where they come from. */
  source: string;
  /** What tells whether the source has changed since then. */
  stamp: string;
}

/** What can be said of data without reading through them. */
export interface StoreFacts {
  /** The newest layout that its tables have; null when there are none. */
  layout: number | null;
  /** By table. */
  rows: Readonly<Record<string, number>>;
  bytes: number;
  /** Not null while only a part of a migration is there. */
  half: HalfMoved | null;
}

/** What the data are opened for. */
export type TransferUse =
  /** To look at them, beside whoever is at work on them; nothing is changed. */
  | "look"
  /** To be read. They are brought to the newest layout, and nobody else may be at work on them. */
  | "source"
  /** To be written. The tables are made; nobody else may be at work on them. */
  | "target";

/** How much of a table is read at once. */
export interface Page {
  /** The key of the last row of the page before. */
  after: MovedKey | null;
  /** Rows at the most. */
  rows: number;
  /** No more rows than have so many bytes together, about, but one in any case. */
  bytes: number;
}

/** Data that are looked at or moved. All of it fails with STORE_ERROR. */
export interface Transfer {
  /** Which data these are: the machine and the place, without any secret. */
  readonly id: string;
  facts(): Promise<StoreFacts>;
  /** Who is at work on the data, in words for people; not to be asked by who is itself. */
  workers(): Promise<string[]>;
  /** Rows in the order of their keys. */
  read(table: MovedTable, page: Page): Promise<MovedRow[]>;
  /** The key of the last row; null when there is none. */
  last(table: MovedTable): Promise<MovedKey | null>;
  /** All of them or none; those that are there already are replaced. */
  write(table: MovedTable, rows: readonly MovedRow[]): Promise<void>;
  /** From now on nobody else can open these data, until `finish`; all rows that there are go. */
  begin(half: HalfMoved): Promise<void>;
  /** Those that are kept with the data; absent where they are files of the data directory. */
  readonly keys?: MovedKeys;
  /** The data are whole: whatever is numbered goes on after the highest number. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** The key of a row. */
export function keyOf({ columns, key }: MovedTable, row: MovedRow): MovedKey {
  return key.map((one) => row[columns.findIndex(({ name }) => name === one.name)] as never);
}

/** Why nobody may use data of which only a part is there, in words for people. */
export function halfMovedReason(source: string): string {
  return `the data are only a part of those of ${source}: go on with "opcode db migrate", which was ` +
    "ended before it was through";
}
