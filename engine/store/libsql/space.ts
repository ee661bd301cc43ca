// How a file that removals have left half empty gives its space back, a few pages at a time.

import type { FreeSpace } from "../retention-store.ts";
import type { Connection } from "./connection.ts";
import type { Pace } from "./pace.ts";
import { Queries } from "./queries.ts";
import type { Writer } from "./writer.ts";

/** Pages that are given back before the first look at the time. */
export const FIRST_PAGES = 32;
/** What stays for the rows to come: a part of the file, and so many pages (4 MiB) at least. */
const KEPT_PART = 1 / 10;
const LEAST_KEPT = 1_024;

/** See `RetentionStore.returnSpace`; a file that was made without auto_vacuum keeps its size. */
export function returnSpace(
  connection: Connection,
  writer: Writer,
  { budgetMs, pace }: { budgetMs: number; pace: Pace },
): FreeSpace {
  const began = performance.now();
  const queries = new Queries(connection);
  const count = (pragma: string) => Object.values(queries.row(`PRAGMA ${pragma}`)!)[0] as number;
  const before = { free: count("freelist_count"), pages: count("page_count") };
  const kept = Math.max(LEAST_KEPT, Math.floor(before.pages * KEPT_PART));
  if (before.free <= kept || count("auto_vacuum") !== 2) {
    return { ...before, returned: 0, heldMs: performance.now() - began };
  }
  const until = began + budgetMs;
  writer.transaction(() => {
    let left = before.free - kept;
    // One piece in any case: a busy machine may take all of the time to get here.
    do {
      const pages = Math.min(pace.rows, left);
      const before = performance.now();
      connection.exec(`PRAGMA incremental_vacuum(${pages})`);
      pace.took(pages, performance.now() - before);
      left -= pages;
    } while (left > 0 && performance.now() < until);
    return true;
  });
  const pages = count("page_count");
  const heldMs = performance.now() - began;
  return { free: count("freelist_count"), pages, returned: before.pages - pages, heldMs };
}
