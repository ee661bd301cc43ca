// When two JSON values are the same value.

import { isObject, type Json } from "./json.ts";

/** Deep equality: the order of keys does not count, and 42 is 42.0; else the types must agree. */
export function deepEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length &&
      a.every((item, i) => deepEqual(item, b[i]!));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key]!, b[key]!));
}
