// How many rows of a list fit into one page: by number, and by the size of their texts.

import { encodeCursor, type Key } from "./cursor.ts";
import type { Page } from "./store.ts";

/** Bytes of the texts in one page; a page always has one row, however large. */
export const LARGEST_PAGE = 8 * 1024 * 1024;

export interface Slice<T> {
  rows: T[];
  /** Whether there are rows behind these. */
  more: boolean;
  /** Where to go on when these are all that a bounded look has found. */
  beyond?: Key | null;
}

/** Texts in a list that are larger than this are measured, not shown, bytes. */
export const LARGEST_LISTED = 256 * 1024;

/**
 * The first rows of `raws` that fit into a page of `limit`. `sizeOf`: the bytes of the texts that are
 * read for a row; what does not fit need not be read.
 */
export function fitting<Raw>(
  raws: readonly Raw[],
  limit: number,
  sizeOf: (raw: Raw) => number,
): Raw[] {
  const most = Math.min(limit, raws.length);
  let count = 0;
  for (let size = 0; count < most; count++) {
    size += sizeOf(raws[count]!);
    if (size > LARGEST_PAGE && count > 0) break;
  }
  return raws.slice(0, count);
}

/** Decodes the rows that fit of `raws`, which hold more than `limit` when there is more. */
export function sliceRows<Raw, T>(
  raws: Raw[],
  limit: number,
  sizeOf: (raw: Raw) => number,
  decode: (raw: Raw) => T,
): Slice<T> {
  const fit = fitting(raws, limit, sizeOf);
  return { rows: fit.map((raw) => decode(raw)), more: fit.length < raws.length };
}

/** The slice as a page; `key` names its last row for the cursor. */
export function pageOf<T>(list: string, slice: Slice<T>, key: (row: T) => Key): Page<T> {
  const { rows, more, beyond = null } = slice;
  const last = rows.at(-1);
  const end = more && last !== undefined ? key(last) : beyond;
  return { rows, next: end === null ? null : encodeCursor(list, end) };
}
