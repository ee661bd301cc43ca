// How much work a JSON Schema may cause: counted while it checks, so that none runs for ever.
//
// References let a small schema ask for exponential work, and large schemas on large values for
// their product. So every subschema gets a keyword of ours that takes from a budget each time it
// is applied to a value, before any other that applies subschemas: what fails costs as much as what
// passes. Only its own `type` comes first, which is paid for by the schema that it is part of.

import { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";

/** Steps of one check: about half a second of the fastest ones, in a thread of its own. */
export const ALONE_STEPS = 10_000_000;
/**
 * Steps of a check in a thread that others wait for. The library gathers what is wrong with every
 * branch it tries and copies that from level to level, so time may grow with the square of this.
 */
export const INLINE_STEPS = 4_000;
/** Characters of a schema as JSON; larger ones take too long to compile. */
const LARGEST_SCHEMA = 256 * 1024;
/** Compiling works by recursion, so schemas that nest deeper are refused. */
export const DEEPEST_SCHEMA = 100;
/** Characters of one pattern. */
const LONGEST_PATTERN = 4_096;
/** Characters of a text times those of the pattern it is searched for that make one step. */
const PATTERN_WORK = 16;
/** Characters of a text in the format `url`, whose pattern may search for long. */
const LONGEST_URL = 2_048;

const METER = "opcode:meter";

/** Ends a check. */
export class SchemaTooCostly extends Error {}

let left = 0;
let granted = 0;

function spend(steps: number): void {
  left -= steps;
  if (left < 0) {
    throw new SchemaTooCostly(`cannot be checked in ${granted} steps`);
  }
}

/** Compiles a schema, or runs one check, on a budget of its own. */
export function withSchemaBudget<T>(steps: number, work: () => T): T {
  left = granted = steps;
  return work();
}

/** A compiled pattern, charged for; `compile` throws for what is none. */
export function meteredPattern<T extends { test(text: string): boolean }>(
  pattern: string,
  compile: (pattern: string) => T,
) {
  if (pattern.length > LONGEST_PATTERN) {
    throw new Error(`a pattern must have at most ${LONGEST_PATTERN} characters`);
  }
  spend(pattern.length);
  const compiled = compile(pattern);
  return {
    test(text: string) {
      // Matching is linear in both.
      spend(1 + Math.ceil(text.length * pattern.length / PATTERN_WORK));
      return compiled.test(text);
    },
    // The library tells patterns apart by this text.
    toString: () => pattern,
  };
}

const MAPS = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
  "dependentRequired",
  "dependencies",
]);

/** Throws VALIDATION_ERROR for the JSON text of a schema that would take too long to compile. */
export function refuseLarge(text: string): void {
  if (text.length <= LARGEST_SCHEMA) return;
  const rule = `must have at most ${LARGEST_SCHEMA} characters as JSON`;
  throw new OpcodeError("VALIDATION_ERROR", rule, { details: { rule } });
}

/**
 * A copy of the schema in which every subschema is charged for. Throws an Error for a reference into
 * its data, which could not be charged for.
 */
export function metered(schema: JsonObject): JsonObject {
  return charged(schema) as JsonObject;
}

function charged(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(charged);
  if (!isObject(schema)) return schema;
  for (const key of ["$ref", "$dynamicRef", "$recursiveRef"]) {
    const reference = schema[key];
    if (typeof reference === "string" && refersToData(reference)) {
      throw new Error(`${key}: ${quoted(reference, 200)} is not a schema`);
    }
  }
  const entries = Object.entries(schema).map(([key, value]): [string, Json] => {
    if (key === "const" || key === "enum") return [key, value];
    if (MAPS.has(key) && isObject(value)) return [key, mapped(value)];
    // Whatever a reference may lead to is charged for, also below keywords that nobody knows.
    return [key, charged(value)];
  });
  return Object.fromEntries([...entries, [METER, costOf(schema)]]);
}

function mapped(schemas: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, charged(schema)]),
  );
}

/** What applying a subschema costs beside its own subschemas. */
interface Cost {
  weight: number;
  /** Whether each member of an object is looked at. */
  members: boolean;
  /** Whether what is wrong with each element of an array is gathered. */
  gathers: boolean;
}

const WALK_MEMBERS = [
  "additionalProperties",
  "patternProperties",
  "propertyNames",
  "unevaluatedProperties",
];

function costOf(schema: JsonObject): JsonObject {
  let weight = 1;
  for (const key of ["properties", "required", "dependentRequired", "dependencies"]) {
    const value = schema[key];
    if (typeof value === "object" && value !== null) weight += Object.keys(value).length >> 4;
  }
  for (const key of ["const", "enum"]) {
    if (schema[key] !== undefined) weight += JSON.stringify(schema[key]).length >> 4;
  }
  for (const key of ["anyOf", "oneOf", "allOf", "dependentSchemas"]) {
    const value = schema[key];
    if (typeof value !== "object" || value === null) continue;
    const { length } = Object.keys(value);
    // What is wrong with each branch is gathered, by copying what has been gathered.
    weight += length + (length ** 2 >> 8);
  }
  const cost: Cost = {
    weight,
    members: WALK_MEMBERS.some((key) => schema[key] !== undefined),
    gathers: schema.contains !== undefined,
  };
  return cost as unknown as JsonObject;
}

/** Whether a reference leads into data of the schema, which is not charged for. */
function refersToData(reference: string): boolean {
  let pointer = reference;
  try {
    pointer = decodeURIComponent(reference);
  } catch {
    // Taken as it is; the compiler will refuse it.
  }
  const parts = pointer.split("/");
  return parts.some((part, i) =>
    (part === "const" || part === "enum") && !MAPS.has(parts[i - 1] ?? "")
  );
}

/** The part of ajv that is needed here, whichever draft it is for. */
interface Validator {
  removeKeyword(name: string): unknown;
  addKeyword(keyword: object): unknown;
  addFormat(name: string, check: (text: string) => boolean): unknown;
  formats: Record<string, unknown>;
  RULES: { rules: { type?: string; rules: { keyword: string }[] }[] };
}

/** Makes a validator, which has its formats already, ready for metered schemas. */
export function installMeter(ajv: unknown): void {
  const validator = ajv as Validator;
  validator.addKeyword({
    keyword: METER,
    schemaType: "object",
    errors: false,
    validate(cost: Cost, data: unknown) {
      spend(cost.weight + sizeOf(data, cost));
      return true;
    },
  });
  // Keywords are applied in this order, those for one type of value in groups of their own.
  const { rules } = validator.RULES.rules.find(({ type }) => type === undefined)!;
  const at = rules.findIndex(({ keyword }) => keyword === METER);
  rules.unshift(...rules.splice(at, 1));
  // The library's own compares every element with every other.
  validator.removeKeyword("uniqueItems");
  validator.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    errors: false,
    error: { message: "must NOT have duplicate items" },
    validate: (unique: boolean, data: Json[]) => !unique || areUnique(data),
  });
  validator.addFormat("url", meteredUrl(validator.formats.url as RegExp));
}

/** The part of a value that a subschema may walk without applying others to it. */
function sizeOf(data: unknown, { members, gathers }: Cost): number {
  if (typeof data === "string") return data.length >> 6;
  if (Array.isArray(data)) {
    const { length } = data;
    return gathers ? length + (length ** 2 / 4_096) : length >> 4;
  }
  return members && isObject(data as Json) ? Object.keys(data as JsonObject).length >> 2 : 0;
}

function areUnique(items: Json[]): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const text = canonical(item);
    spend(1 + (text.length >> 4));
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

/** Equal text for equal values: keys sorted, 1.0 as 1. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join()}}`;
}

/** The format `url`, charged for the square of its length, which its pattern may take. */
function meteredUrl(pattern: RegExp): (text: string) => boolean {
  return (text) => {
    if (text.length > LONGEST_URL) return false;
    spend(1 + (text.length ** 2 >> 6));
    return pattern.test(text);
  };
}
