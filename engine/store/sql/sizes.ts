// How texts that are no contents are measured without being read, and read only when they are small.

import { SMALL_TEXT } from "../cut.ts";

/** SQL for the bytes of a text; 0 when there is none. */
export function textSize(column: string): string {
  return `coalesce(octet_length(${column}), 0)`;
}

/** SQL for the text itself if it is small, else null. */
export function smallText(column: string): string {
  return `CASE WHEN octet_length(${column}) <= ${SMALL_TEXT} THEN ${column} END`;
}
