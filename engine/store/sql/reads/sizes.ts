// How texts are measured without being read, and read only when they are small.

import { SMALL_TEXT } from "../../cut.ts";
import { HASH_BYTES } from "../source.ts";

/**
 * SQL for the bytes of a text, which may be kept in a blob; 0 when there is none. What is composed
 * begins with its length, which is that of its bytes but for what is not ASCII.
 */
export function sizeOf(column: string): string {
  return `CASE typeof(${column})
    WHEN 'blob' THEN CASE octet_length(${column})
      WHEN ${HASH_BYTES} THEN (SELECT octet_length(content) FROM blobs WHERE sha256 = ${column})
      ELSE CAST(CAST(${column} AS TEXT) AS INTEGER) END
    ELSE coalesce(octet_length(${column}), 0) END`;
}

/** SQL for the text itself if it is small, else null. */
export function smallText(column: string): string {
  return `CASE WHEN typeof(${column}) = 'text' AND octet_length(${column}) <= ${SMALL_TEXT}
    THEN ${column} END`;
}
