// How many rows a page is asked for: a whole number, or its digits as a URL has them, and nothing else.

import { faultAt } from "../core/fault-at.ts";
import { MOST_ROWS } from "./contract/query.ts";

/** From 1 to `most`; `initial` where nobody says. VALIDATION_ERROR at `path`, with what leads to more rows. */
export function pageLimit(
  value: unknown,
  { initial, most = MOST_ROWS, path = "limit" }: { initial: number; most?: number; path?: string },
): number {
  if (value === undefined || value === null) return initial;
  const limit = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  const isOne = typeof limit === "number" && Number.isInteger(limit) && limit >= 1 && limit <= most;
  if (isOne) return limit;
  throw faultAt(path, `must be a whole number from 1 to ${most}; next_cursor leads to more`);
}
