// How a test reads a whole list: page by page, as a caller would.

import type { Page } from "../../engine/store/store.ts";

/** All rows of a list, read page by page. */
export async function pages<T>(read: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    rows.push(...page.rows);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return rows;
}
