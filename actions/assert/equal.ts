// When two JSON values are equal, for assert.equals and assert.contains.

import { isObject, type Json } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";

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

/**
 * Deep equality, but a text also equals the number or boolean that reads like it: a definition
 * that says `"200"` and a step that answers 200 mean the same.
 */
export function equalOrReadsAlike(a: Json, b: Json): boolean {
  if (typeof a === "string" && isNumberOrBoolean(b)) return a === plainText(b);
  if (typeof b === "string" && isNumberOrBoolean(a)) return b === plainText(a);
  return deepEqual(a, b);
}

function isNumberOrBoolean(value: Json): boolean {
  return typeof value === "number" || typeof value === "boolean";
}
