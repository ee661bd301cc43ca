// How a file that removals have left half empty gives its space back, a few pages at a time.

import type { FreeSpace } from "../retention-store.ts";
import type { Connection } from "./connection.ts";
import { Source } from "./reads/source.ts";
import type { Writer } from "./writer.ts";

/** Pages that are given back between two looks at the time. */
const PIECE = 32;
/** What stays for the rows to come: a part of the file, and so many pages (4 MiB) at least. */
const KEPT_PART = 1 / 10;
const LEAST_KEPT = 1_024;

/** See `RetentionStore.returnSpace`; a file that was made without auto_vacuum keeps its size. */
export function returnSpace(
  connection: Connection,
  writer: Writer,
  budgetMs: number,
): FreeSpace {
  const source = new Source(connection);
  const count = (pragma: string) => Object.values(source.row(`PRAGMA ${pragma}`)!)[0] as number;
  const before = { free: count("freelist_count"), pages: count("page_count") };
  const kept = Math.max(LEAST_KEPT, Math.floor(before.pages * KEPT_PART));
  if (before.free <= kept || count("auto_vacuum") !== 2) return { ...before, returned: 0 };
  const until = performance.now() + budgetMs;
  writer.transaction(() => {
    let left = before.free - kept;
    // One piece in any case: a busy machine may take all of the time to get here.
    do {
      connection.exec(`PRAGMA incremental_vacuum(${Math.min(PIECE, left)})`);
      left -= PIECE;
    } while (left > 0 && performance.now() < until);
    return true;
  });
  const pages = count("page_count");
  return { free: count("freelist_count"), pages, returned: before.pages - pages };
}
