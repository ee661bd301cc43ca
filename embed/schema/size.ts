// Whether a schema takes so little to compile that a thread may do it on which others wait.

import { isObject, type Json } from "../../core/json.ts";
import { patternCost } from "../pattern/cost.ts";

/** Characters of the schema as JSON: about 10 ms when the code is cold. */
const MOST_TEXT = 4_096;
/** Of all its patterns together. */
const MOST_COST = 2_048;

export function isQuick(text: string): boolean {
  return text.length <= MOST_TEXT && patternsOf(JSON.parse(text) as Json) <= MOST_COST;
}

/** Texts that are no patterns count as well, which does not matter: they are short. */
function patternsOf(schema: Json, key = ""): number {
  if (typeof schema === "string") return key === "pattern" ? patternCost(schema) : 0;
  if (Array.isArray(schema)) return schema.reduce<number>((sum, item) => sum + patternsOf(item), 0);
  if (!isObject(schema)) return 0;
  return Object.entries(schema).reduce((sum, [name, item]) => {
    const named = key === "patternProperties" ? patternCost(name) : 0;
    return sum + named + patternsOf(item, name);
  }, 0);
}
