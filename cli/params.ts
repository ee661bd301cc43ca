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
  if (unknown === undefined || unknown.undeclared) return;
  const { name, hint } = unknown;
  throw new UsageError(
    visible(`--param ${name}: ${String(template.name)} has no such parameter (${hint})`),
  );
}

/** `--param path=… (string, required), --param n=… (integer)`; undefined when it names none. */
export function takenParams(inputSchema: unknown): string | undefined {
  const { names, required, shown } = schemaParams(inputSchema);
  if (names.length === 0) return undefined;
  return names.map((name) => shown(name, required.includes(name) ? ["required"] : [])).join(", ");
}

/** The params that are missing, with their types, and which others there are. */
export function neededParams(inputSchema: unknown, missing: readonly string[]): string {
  const { names, required, shown } = schemaParams(inputSchema);
  const needed = missing.map((name) => shown(name)).join(", ");
  const others = names.filter((name) => !required.includes(name) && !missing.includes(name));
  if (others.length === 0) return needed;
  return `${needed}; ${others.map((name) => shown(name)).join(", ")} can be given`;
}

function schemaParams(inputSchema: unknown) {
  const schema = isObject(inputSchema as Json) ? inputSchema as JsonObject : {};
  const properties = isObject(schema.properties ?? null) ? schema.properties as JsonObject : {};
  return {
    names: Object.keys(properties),
    required: (Array.isArray(schema.required) ? schema.required : []) as string[],
    shown: (name: string, more: readonly string[] = []) => {
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const notes = [schemaTypes(own, schema).join(" or "), ...more].filter((note) => note !== "");
      return visible(`--param ${name}=…${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`);
    },
  };
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
