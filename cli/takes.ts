// What a run of a template takes, in a few words.

import { isObject, type JsonObject } from "../core/json.ts";
import { cell } from "./table.ts";

/** `path, n?`: the params by name, with a `?` at those that may be left out. */
export function takes({ input_schema, definition }: JsonObject): string {
  const schema = isObject(input_schema ?? null) ? input_schema as JsonObject : {};
  const { inputs } = isObject(definition ?? null) ? definition as JsonObject : {};
  const given = isObject(schema.properties ?? null) ? schema.properties as JsonObject : {};
  const initial = isObject(inputs ?? null) ? inputs as JsonObject : {};
  const needed = Array.isArray(schema.required) ? schema.required : [];
  const names = new Set([...Object.keys(given), ...Object.keys(initial)]);
  return [...names].map((name) => {
    const isNeeded = needed.includes(name) && !Object.hasOwn(initial, name);
    return cell(name) + (isNeeded ? "" : "?");
  }).join(", ");
}
