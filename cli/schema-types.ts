// Which types a JSON Schema lets a value have, as far as its own words say so.

import { isObject, type Json, type JsonObject, schemaTypeOf } from "../core/json.ts";

/** Schemas inside schemas that are looked into. */
const DEEPEST = 8;

/**
 * As JSON Schema names them; none when it allows any. `enum`, `const`, alternatives and references
 * into `root` are followed; what only narrows a value (`pattern`, `minimum`) is left to the daemon.
 */
export function schemaTypes(
  schema: Json | undefined,
  root: JsonObject,
  depth: number = 0,
): string[] {
  if (!isObject(schema ?? null) || depth > DEEPEST) return [];
  const { type, enum: choices, const: only, $ref } = schema as JsonObject;
  const inside = (one: Json | undefined) => schemaTypes(one, root, depth + 1);
  const named = [type ?? []].flat().filter((one) => typeof one === "string") as string[];
  if (named.length > 0) return named;
  if (Array.isArray(choices)) return [...new Set(choices.map(schemaTypeOf))];
  if (only !== undefined) return [schemaTypeOf(only)];
  if (typeof $ref === "string") return inside(pointed($ref, root));
  for (const key of ["anyOf", "oneOf"]) {
    const alternatives = (schema as JsonObject)[key];
    if (!Array.isArray(alternatives)) continue;
    const types = alternatives.map(inside);
    // One that allows anything makes all of them do so.
    return types.some((some) => some.length === 0) ? [] : [...new Set(types.flat())];
  }
  const { allOf } = schema as JsonObject;
  if (!Array.isArray(allOf)) return [];
  return allOf.map(inside).find((types) => types.length > 0) ?? [];
}

/** What `#/$defs/name` points to in the schema. */
function pointed(pointer: string, root: JsonObject): Json | undefined {
  if (!pointer.startsWith("#/")) return undefined;
  let found: Json | undefined = root;
  for (const part of pointer.slice(2).split("/")) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isObject(found ?? null) || !Object.hasOwn(found as object, key)) return undefined;
    found = (found as JsonObject)[key];
  }
  return found;
}
