// How deep JSON may nest, so that code which walks it by recursion never runs out of stack.

import type { Json } from "./json.ts";

/** Levels of arrays and objects in what comes in, in an output, and in a step's params. */
export const DEEPEST_VALUE = 1_000;

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
