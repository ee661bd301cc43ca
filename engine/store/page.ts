// How many rows of a list fit into one page: by number, and by the size of their texts.

import { encodeCursor, type Key } from "./cursor.ts";
import type { Page } from "./store.ts";

/** Characters of the texts in one page; a page always has one row, however large. */
export const LARGEST_PAGE = 8 * 1024 * 1024;

export interface Slice<T> {
  rows: T[];
  /** Whether there are rows behind these. */
  more: boolean;
}

/** Decodes the rows that fit of `raws`, which hold more than `limit` when there is more. */
export function sliceRows<Raw, T extends object>(
  raws: Raw[],
  limit: number,
  decode: (raw: Raw) => T,
): Slice<T> {
  const rows: T[] = [];
  let size = 0;
  for (const raw of raws.slice(0, limit)) {
    const row = decode(raw);
    size += sizeOf(row);
    if (size > LARGEST_PAGE && rows.length > 0) break;
    rows.push(row);
  }
  return { rows, more: rows.length < raws.length };
}

/** The slice as a page; `key` names its last row for the cursor. */
export function pageOf<T>(list: string, { rows, more }: Slice<T>, key: (row: T) => Key): Page<T> {
  const last = rows.at(-1);
  return { rows, next: more && last !== undefined ? encodeCursor(list, key(last)) : null };
}

/** The characters of the texts in a row and in what it holds. */
function sizeOf(row: object): number {
  let size = 0;
  for (const value of Object.values(row)) {
    if (typeof value === "string") size += value.length;
    else if (typeof value === "object" && value !== null) size += sizeOf(value);
  }
  return size;
}
