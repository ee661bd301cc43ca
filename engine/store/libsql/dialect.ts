// How the reads say to libSQL what databases say in different words.

import { SMALL_TEXT } from "../cut.ts";
import type { Dialect } from "../sql/dialect.ts";

/** Bytes of what stands for a text in `blobs`; what is composed of other texts has more. */
const HASH_BYTES = 32;

/** The indexes that come with a table, by the names that the reads have for them. */
const AUTOMATIC: Readonly<Record<string, string>> = {
  decisions_by_id: "sqlite_autoindex_decisions_1",
  runs_by_id: "sqlite_autoindex_runs_1",
};

export const LIBSQL: Dialect = {
  unindexed: "NOT INDEXED",
  indexedBy: (index) => `INDEXED BY ${AUTOMATIC[index] ?? index}`,
  unsearched: (column) => `+${column}`,
  shownUpTo: null,
  isFree: () => "1 = 1",
  isFreeTimer: () => "1 = 1",
  lesser: (a, b) => `min(${a}, ${b})`,
  hasMember: (column, member) => `json_type(${column}, '$.${member}') IS NOT NULL`,
  textsOf: (array) => `json_each(${array})`,
  numbersOf: (array) => `json_each(${array})`,
  // What is composed begins with its length, which is that of its bytes but for what is not ASCII.
  contentSize: (column) =>
    `CASE typeof(${column})
    WHEN 'blob' THEN CASE octet_length(${column})
      WHEN ${HASH_BYTES} THEN (SELECT octet_length(content) FROM blobs WHERE sha256 = ${column})
      ELSE CAST(CAST(${column} AS TEXT) AS INTEGER) END
    ELSE coalesce(octet_length(${column}), 0) END`,
  smallContent: (column) =>
    `CASE WHEN typeof(${column}) = 'text' AND octet_length(${column}) <= ${SMALL_TEXT}
    THEN ${column} END`,
  apart(value) {
    if (typeof value === "string" || value === null) return null;
    const bytes = Buffer.from(value as ArrayBuffer);
    if (bytes.length !== HASH_BYTES) return { composed: bytes.toString() };
    const hash = bytes.toString("hex");
    const sql = "SELECT content FROM blobs WHERE sha256 = unhex(?)";
    return { content: { sql, values: [hash] }, name: `blob ${hash}` };
  },
};
