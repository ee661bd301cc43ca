// How `--param key=value` becomes a parameter: by the type that the template's input_schema names.

import { setOwn } from "../core/copy.ts";
import { parseJson } from "../core/exact-json.ts";
import { isObject, type Json, type JsonObject, schemaTypeOf } from "../core/json.ts";
import { unknownParamOf } from "../engine/definition/unknown-params.ts";
import { visible } from "./print.ts";
import { schemaTypes } from "./schema-types.ts";
import { UsageError } from "./usage-error.ts";

/**
 * What the schema of a param allows decides. Without one a value is JSON when it is JSON, and text
 * otherwise, also where it is a number that would be written in another way: `1.10`, `1234e56`.
 */
export function typedParams(given: Record<string, string>, inputSchema: unknown): JsonObject {
  const root = isObject(inputSchema as Json) ? inputSchema as JsonObject : {};
  const params: JsonObject = {};
  for (const [name, text] of Object.entries(given)) {
    const { properties } = root;
    const schema = isObject(properties ?? null) && Object.hasOwn(properties as JsonObject, name)
      ? (properties as JsonObject)[name]
      : root.additionalProperties;
    // Also a name that every object has is a param of its own.
    setOwn(params, name, typed(name, text, schemaTypes(schema, root)));
  }
  return params;
}

/** Throws UsageError for a name that the template cannot mean; it says what was meant, or what there is. */
export function checkNames(names: readonly string[], template: JsonObject): void {
  const { input_schema = null, definition } = template;
  const unknown = unknownParamOf({
    definition: isObject(definition ?? null) ? definition as JsonObject : {},
    inputSchema: input_schema as JsonObject | null,
  })(names);
  if (unknown === undefined) return;
  const { name, hint } = unknown;
  throw new UsageError(
    visible(`--param ${name}: ${String(template.name)} has no such parameter (${hint})`),
  );
}

/** `--param path=… (string, required), --param n=… (integer)`; undefined when it names none. */
export function takenParams(inputSchema: unknown): string | undefined {
  if (!isObject(inputSchema as Json)) return undefined;
  const { properties, required } = inputSchema as JsonObject;
  if (!isObject(properties ?? null)) return undefined;
  const needed = Array.isArray(required) ? required : [];
  const taken = Object.entries(properties as JsonObject).map(([name, schema]) => {
    const type = schemaTypes(schema, inputSchema as JsonObject).join(" or ");
    const notes = [type, needed.includes(name) ? "required" : ""].filter((note) => note !== "");
    const shown = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
    return visible(`--param ${name}=…${shown}`);
  });
  return taken.length === 0 ? undefined : taken.join(", ");
}

function typed(name: string, text: string, types: readonly string[]): Json {
  if (types.length === 1 && types[0] === "string") return text;
  const value = parsed(text);
  const isFree = types.length === 0;
  if (
    value !== undefined && !((isFree || types.includes("string")) && readsOtherwise(text, value))
  ) {
    if (isFree || types.includes(schemaTypeOf(value))) return value;
    if (schemaTypeOf(value) === "integer" && types.includes("number")) return value;
  }
  if (isFree || types.includes("string")) return text;
  throw new UsageError(`--param ${name}: must be of type ${types.join(" or ")}, got "${text}"`);
}

/** Whether the text is a number that is written in another way: taken for one, it would change. */
function readsOtherwise(text: string, value: Json): boolean {
  return (typeof value === "number" || typeof value === "bigint") && String(value) !== text;
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
