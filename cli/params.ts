// How `--param key=value` becomes a parameter: by the type that the template's input_schema names.

import { parseJson } from "../core/exact-json.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { visible } from "./print.ts";
import { UsageError } from "./usage-error.ts";

/** Without a type in the schema a value is JSON when it is JSON, and text otherwise. */
export function typedParams(given: Record<string, string>, inputSchema: unknown): JsonObject {
  const properties = isObject(inputSchema as Json) ? (inputSchema as JsonObject).properties : null;
  const params: JsonObject = {};
  for (const [name, text] of Object.entries(given)) {
    const schema = isObject(properties ?? null) ? (properties as JsonObject)[name] : undefined;
    params[name] = typed(name, text, isObject(schema ?? null) ? (schema as JsonObject).type : null);
  }
  return params;
}

/** `--param path=… (string, required), --param n=… (integer)`; undefined when it names none. */
export function takenParams(inputSchema: unknown): string | undefined {
  if (!isObject(inputSchema as Json)) return undefined;
  const { properties, required } = inputSchema as JsonObject;
  if (!isObject(properties ?? null)) return undefined;
  const needed = Array.isArray(required) ? required : [];
  const taken = Object.entries(properties as JsonObject).map(([name, schema]) => {
    const type = isObject(schema) ? [schema.type ?? []].flat().join(" or ") : "";
    const notes = [type, needed.includes(name) ? "required" : ""].filter((note) => note !== "");
    const shown = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
    return visible(`--param ${name}=…${shown}`);
  });
  return taken.length === 0 ? undefined : taken.join(", ");
}

function typed(name: string, text: string, type: Json | undefined): Json {
  const types = [type ?? []].flat().filter((one) => typeof one === "string") as string[];
  if (types.length === 1 && types[0] === "string") return text;
  const value = parsed(text);
  if (types.length === 0) return value === undefined ? text : value;
  if (value !== undefined && types.includes(typeOf(value))) return value;
  if (typeOf(value) === "integer" && types.includes("number")) return value!;
  if (types.includes("string")) return text;
  throw new UsageError(`--param ${name}: must be of type ${types.join(" or ")}, got "${text}"`);
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** As JSON Schema names it. */
function typeOf(value: Json | undefined): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "bigint" || Number.isInteger(value) ? "integer" : typeof value;
}
