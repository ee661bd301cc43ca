// What of listed rows goes into a short answer.

import type { Json, JsonObject } from "../../../core/json.ts";
import { fairShare } from "../../../core/fair-share.ts";
import { member, shortContext, shortError, sizeOf } from "./values.ts";

/** Members of rows that may be long; all others have a longest text of their own. */
const LONG = [
  "input_params",
  "output",
  "payload",
  "definition",
  "input_schema",
  "output_schema",
  "triggers",
  "resolution",
];

const HINT =
  'Values are cut to fit: NAME_size are their bytes. Whole (a text to 40 KB): detail "full", ' +
  "with a smaller limit, or a filter for the one row; opcode.status of one workflow.";

/**
 * A list of rows with what of their values goes into about `limit` bytes, and a hint when that is not
 * all. Never without a row, since the next page begins after the last one.
 */
export function digestRows(reply: JsonObject): (limit: number) => JsonObject {
  const [key] = Object.keys(reply);
  const rows = reply[key!] as JsonObject[];
  const size = sizeOf(reply);
  return (limit) => {
    if (size <= limit) return reply;
    return { hint: HINT, ...reply, [key!]: shortRows(rows, limit) };
  };
}

function shortRows(rows: JsonObject[], limit: number): JsonObject[] {
  const long: number[] = [];
  let bare = HINT.length;
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (isLong(name)) long.push(sizeOf(value));
      else bare += name.length + 4 + sizeOf(value);
    }
  }
  // Names, and what stands in the place of a value.
  const most = fairShare(long, Math.max(0, limit - bare - 40 * long.length));
  return rows.map((row) => shortRow(row, most));
}

function isLong(name: string): boolean {
  return LONG.includes(name) || name === "error" || name === "context";
}

function shortRow(row: JsonObject, most: number): JsonObject {
  const parts = Object.entries(row).map(([name, value]) => shortMember(name, value, most));
  const shown: JsonObject = Object.assign({}, ...parts);
  const cut = { ...shown, truncated: true };
  return sizeOf(cut) < sizeOf(row) ? cut : row;
}

function shortMember(name: string, value: Json, most: number): JsonObject {
  if (!isLong(name) || sizeOf(value) <= most) return { [name]: value };
  if (name === "error") return { error: shortError(value as JsonObject, Math.max(200, most)) };
  if (name === "context") return { context: shortContext(value as JsonObject, most) };
  return member(name, value, most);
}
