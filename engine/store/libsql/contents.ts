// How a text that is stored apart goes: with the last row that has it.

import { BLOB_COLUMNS, inBlobs } from "./migrations.ts";
import type { Queries } from "./queries.ts";

const UNUSED = BLOB_COLUMNS.map(([table, column]) =>
  `NOT EXISTS (SELECT 1 FROM ${table} INDEXED BY ${table}_blobs_${column}
     WHERE ${inBlobs(column)} AND ${column} = unhex(?1))`
).join(" AND ");

/** `hashes`: in hexadecimal, of texts that rows had which are gone. Returns how many texts went. */
export function dropContents(queries: Queries, hashes: Iterable<string>): number {
  let count = 0;
  for (const hash of new Set(hashes)) {
    const sql = `DELETE FROM blobs WHERE sha256 = unhex(?1) AND ${UNUSED} RETURNING no`;
    count += queries.rows(sql, [hash]).length;
  }
  return count;
}
