// Where a list goes on, and only that list: a cursor belongs to the question that it came with.

import { faultAt } from "../core/fault-at.ts";
import { createHash } from "node:crypto";
import type { JsonObject } from "../core/json.ts";

/** Members of a filter that may differ from page to page. */
const OF_PAGES = ["limit", "cursor"];

const MARK = 8;

/** The cursor of the store as callers get it, marked with what they asked for. */
export function sealCursor(list: string, filter: JsonObject, cursor: string): string {
  return `${markOf(list, filter)}.${cursor}`;
}

/**
 * The cursor of the store. VALIDATION_ERROR for one that came with another list or other criteria: it
 * would go on after a row that this list may not have, among rows that nobody asked for.
 */
export function openCursor(list: string, filter: JsonObject, text: string): string {
  if (text[MARK] !== ".") {
    throw faultAt("filter.cursor", `must be the next_cursor of a page of ${list}`);
  }
  if (text.slice(0, MARK) !== markOf(list, filter)) {
    throw faultAt(
      "filter.cursor",
      "belongs to another list: send the resource and all filters that it came with (limit may differ)",
    );
  }
  return text.slice(MARK + 1);
}

function markOf(list: string, filter: JsonObject): string {
  const asked = Object.entries(filter)
    .filter(([name, value]) => !OF_PAGES.includes(name) && value !== null)
    // URLs have numbers and booleans as text.
    .map(([name, value]) => [name, String(value)])
    .sort(([a], [b]) => a! < b! ? -1 : 1);
  const hash = createHash("sha256").update(JSON.stringify([list, asked]));
  return hash.digest("base64url").slice(0, MARK);
}
