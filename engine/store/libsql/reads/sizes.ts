// How texts are measured without being read, and read only when they are small.

import { SMALL_TEXT } from "../../cut.ts";

/** SQL for the bytes of a text, which may be kept in a blob; 0 when there is none. */
export function sizeOf(column: string): string {
  return `CASE typeof(${column})
    WHEN 'blob' THEN (SELECT octet_length(content) FROM blobs WHERE sha256 = ${column})
    ELSE coalesce(octet_length(${column}), 0) END`;
}

/** SQL for the text itself if it is small, else null. */
export function smallText(column: string): string {
  return `CASE WHEN typeof(${column}) = 'text' AND octet_length(${column}) <= ${SMALL_TEXT}
    THEN ${column} END`;
}

/** The columns of a run's row but for its params and error. */
export function headColumns(table: string): string {
  return HEAD.map((name) => `${table}.${name}`).join(", ");
}

const HEAD = [
  "run_no",
  "id",
  "template_name",
  "template_version",
  "agent_id",
  "parent_run_no",
  "parent_step_id",
  "depth",
  "idempotency_key",
  "forked_from",
  "created_at",
  "status",
  "last_seq",
  "output_seq",
  "started_at",
  "completed_at",
  "updated_at",
  "active_ms",
  "active_since",
  "marks",
];

/** An event's columns with its payload measured, and there if it is small. */
export function eventColumns(table: string): string {
  return `${table}.id, ${table}.run_no, ${table}.seq, ${table}.type, ${table}.step_id,
    ${table}.agent_id, ${table}.at, ${smallText(`${table}.payload`)} AS payload,
    ${sizeOf(`${table}.payload`)} AS payload_size`;
}
