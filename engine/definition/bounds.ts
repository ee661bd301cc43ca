// Whether a JSON value is small and shallow enough to be looked at by recursive code.

import { Buffer } from "node:buffer";
import type { Json } from "../../core/json.ts";

/** Levels of arrays and objects; sixteen nested steps need some eighty. */
export const DEEPEST_JSON = 500;

/** Whether the value nests deeper than `limit`; it walks level by level, never by recursion. */
export function isDeeperThan(value: Json, limit: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const next: Json[] = [];
    for (const item of level) {
      if (typeof item !== "object" || item === null) continue;
      if (depth >= limit) return true;
      for (const child of Array.isArray(item) ? item : Object.values(item)) {
        if (typeof child === "object" && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return false;
}

/** The size in bytes of the value as compact JSON; the value must not be too deep. */
export function jsonBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}
