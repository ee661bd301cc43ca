// When two values are equal for assert.equals and assert.contains.

import { deepEqual } from "../../core/equal.ts";
import type { Json } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";

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
  return ["number", "bigint", "boolean"].includes(typeof value);
}
