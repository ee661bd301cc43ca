// How an action's params are coerced, completed with defaults, and checked before each execution.

import { faultAt } from "../core/fault-at.ts";
import { setOwn } from "../core/copy.ts";
import { DURATION_PATTERN, parseDuration } from "../core/duration.ts";
import { OpcodeError } from "../core/errors.ts";
import { instead, type Wanted } from "../core/instead.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { isLongerThan, plainText } from "../core/text.ts";
import type { Action } from "./action.ts";

/** Returns the coerced value; throws VALIDATION_ERROR naming `path` and the rule. */
type Check = (value: Json, path: string) => Json;

/** The JSON Schema of a duration param. */
export const DURATION: JsonObject = { type: "string", pattern: DURATION_PATTERN };

/** The JSON Schema of a param that is a plain word: nothing in it means anything to a protocol. */
export const WORD: JsonObject = { type: "string", pattern: "^[A-Za-z0-9._-]{1,64}$" };
const PLAIN_WORD = new RegExp(WORD.pattern as string);

/** The patterns that are known, each with what it is checked by. */
const PATTERNS: ReadonlyMap<unknown, (value: string, path: string) => void> = new Map([
  [DURATION.pattern, checkDuration],
  [WORD.pattern, checkWord],
]);

/** What the checks below understand, and words that only inform. */
const KEYWORDS = new Set([
  "type",
  "enum",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "items",
  "maxItems",
  "maxProperties",
  "properties",
  "required",
  "anyOf",
  "additionalProperties",
  "default",
  "description",
  "examples",
]);

const prepared = new WeakMap<Action, Promise<(params: Json) => JsonObject>>();

/**
 * The function that makes an action's params ready: it coerces what stands where a text is
 * expected (numbers and booleans as they read, objects and arrays as compact JSON), fills in
 * defaults, drops what the schema does not name, and checks the rest. A null counts as absent
 * unless the schema allows any value. Whatever does not fit throws VALIDATION_ERROR naming the
 * field and the rule, such as `params.url: is required`.
 */
export function prepareParams(action: Action): Promise<(params: Json) => JsonObject> {
  let ready = prepared.get(action);
  if (!ready) {
    ready = compileParams(action);
    prepared.set(action, ready);
  }
  return ready;
}

async function compileParams(action: Action): Promise<(params: Json) => JsonObject> {
  const check = compile(action.input, action.name);
  return (params) => check(params ?? {}, "params") as JsonObject;
}

/** Which rule of the schema a value breaks that stands in a definition; undefined when none. */
export function brokenRule(schema: JsonObject, value: Json): string | undefined {
  try {
    compile(schema, "schema")(value, "");
  } catch (thrown) {
    if (thrown instanceof OpcodeError) return thrown.message.replace(/^: /, "");
    throw thrown;
  }
  return undefined;
}

/** The error of a param that breaks a rule. */
export function invalid(path: string, rule: string): OpcodeError {
  return faultAt(path, rule);
}

/** The error of a value of the wrong type, with what to write. */
function wrong(schema: JsonObject, value: Json, path: string, rule: string): OpcodeError {
  return invalid(path, rule + instead(schema as Wanted, value));
}

function compile(schema: JsonObject, owner: string): Check {
  for (const keyword of Object.keys(schema)) {
    const known = KEYWORDS.has(keyword) &&
      (keyword !== "pattern" || PATTERNS.has(schema.pattern));
    if (!known) throw new Error(`${owner}: cannot check the keyword ${keyword}`);
  }
  const types = typesOf(schema);
  if (types.length === 0) return (value) => value;
  const checks = new Map(types.map((type) => [type, compileType(type, schema, owner)]));
  const only = types.length === 1 ? checks.get(types[0]!)! : undefined;
  if (only) return only;
  const text = checks.get("string");
  return (value, path) => {
    const check = checks.get(typeOf(value)) ?? text;
    if (!check) throw invalid(path, `must be of type ${types.join(" or ")}`);
    return check(value, path);
  };
}

/** The types that a schema allows; none when it allows any. */
export function typesOf(schema: JsonObject): string[] {
  const { type } = schema;
  return type === undefined ? [] : Array.isArray(type) ? type as string[] : [type as string];
}

/** Which limit on its number of items or members a list or an object breaks; undefined when none. */
export function countRule(schema: JsonObject, value: Json): string | undefined {
  const { maxItems, maxProperties } = schema as { maxItems?: number; maxProperties?: number };
  if (maxItems !== undefined && Array.isArray(value) && value.length > maxItems) {
    return `must have at most ${maxItems} items, has ${value.length}`;
  }
  if (maxProperties === undefined || !isObject(value)) return undefined;
  const { length } = Object.keys(value);
  return length > maxProperties
    ? `must have at most ${maxProperties} members, has ${length}`
    : undefined;
}

function refuseCount(schema: JsonObject, value: Json, path: string): void {
  const rule = countRule(schema, value);
  if (rule !== undefined) throw invalid(path, rule);
}

/** Names for one thing, of which an object must have one; each stands alone in an `anyOf`. */
export function alternatives(schema: JsonObject): string[] {
  return ((schema.anyOf ?? []) as { required: string[] }[]).flatMap(({ required }) => required);
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" || typeof value === "bigint" ? "integer" : typeof value;
}

function compileType(type: string, schema: JsonObject, owner: string): Check {
  switch (type) {
    case "string":
      return text(schema);
    case "integer":
      return integer(schema);
    case "boolean":
      return (value, path) => {
        if (typeof value !== "boolean") throw wrong(schema, value, path, "must be true or false");
        return value;
      };
    case "array":
      return array(schema, owner);
    case "object":
      return object(schema, owner);
  }
  throw new Error(`${owner}: cannot check the type ${type}`);
}

function text(schema: JsonObject): Check {
  const choices = schema.enum as string[] | undefined;
  const least = (schema.minLength ?? 0) as number;
  const most = (schema.maxLength ?? Infinity) as number;
  const checkForm = PATTERNS.get(schema.pattern);
  return (value, path) => {
    const result = plainText(value);
    if (result.length < least) {
      throw invalid(path, least === 1 ? "must not be empty" : `must have ${least} characters`);
    }
    if (isLongerThan(result, most)) throw invalid(path, `must have at most ${most} characters`);
    if (choices && !choices.includes(result)) {
      const names = choices.filter((choice) => choice !== "").map((choice) => `"${choice}"`);
      throw invalid(path, `must be ${names.join(", ")}`.replace(/, ([^,]*)$/, " or $1"));
    }
    checkForm?.(result, path);
    return result;
  };
}

function checkWord(value: string, path: string): void {
  if (PLAIN_WORD.test(value)) return;
  throw invalid(path, "must be 1 to 64 letters, digits, dots, hyphens and underscores");
}

function checkDuration(value: string, path: string): void {
  try {
    parseDuration(value);
  } catch (error) {
    throw invalid(path, (error as Error).message);
  }
}

/** Fractions are cut off, toward zero. */
function integer(schema: JsonObject): Check {
  const least = (schema.minimum ?? -Infinity) as number;
  const most = (schema.maximum ?? Infinity) as number;
  return (value, path) => {
    if (typeof value !== "number" && typeof value !== "bigint") {
      throw wrong(schema, value, path, "must be an integer");
    }
    // One beyond 2^53 is out of every range.
    const result = Math.trunc(Number(value));
    if (result < least) throw invalid(path, `must be ≥ ${least}`);
    if (result > most) throw invalid(path, `must be ≤ ${most}`);
    return result;
  };
}

function array(schema: JsonObject, owner: string): Check {
  const item = compile((schema.items ?? {}) as JsonObject, owner);
  const nullable = typesOf((schema.items ?? {}) as JsonObject).length === 0;
  return (value, path) => {
    if (!Array.isArray(value)) throw wrong(schema, value, path, "must be an array");
    refuseCount(schema, value, path);
    const result: Json[] = [];
    for (let i = 0; i < value.length; i++) {
      if (value[i] === null && !nullable) continue;
      result.push(item(value[i]!, `${path}[${i}]`));
    }
    return result;
  };
}

function object(schema: JsonObject, owner: string): Check {
  const required = new Set((schema.required ?? []) as string[]);
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonObject>)
    .map(([name, property]) => ({
      name,
      check: compile(property, owner),
      nullable: typesOf(property).length === 0,
      required: required.has(name),
      fallback: property.default,
    }));
  const choices = alternatives(schema);
  const others = isObject(schema.additionalProperties)
    ? compile(schema.additionalProperties, owner)
    : undefined;
  const known = new Set(properties.map(({ name }) => name));
  const open = known.size === 0 && !others;
  return (value, path) => {
    if (!isObject(value)) throw wrong(schema, value, path, "must be an object");
    refuseCount(schema, value, path);
    if (open) return value;
    const result: JsonObject = {};
    for (const { name, check, nullable, required, fallback } of properties) {
      const given = Object.hasOwn(value, name) ? value[name] : undefined;
      if (given === undefined || (given === null && !nullable)) {
        if (required) throw invalid(`${path}.${name}`, "is required");
        if (fallback !== undefined) result[name] = fallback;
      } else {
        result[name] = check(given, `${path}.${name}`);
      }
    }
    if (choices.length > 0 && !choices.some((name) => Object.hasOwn(result, name))) {
      throw invalid(`${path}.${choices[0]}`, "is required");
    }
    if (others) {
      for (const key of Object.keys(value)) {
        if (value[key] !== null && !known.has(key)) {
          setOwn(result, key, others(value[key]!, `${path}.${key}`));
        }
      }
    }
    return result;
  };
}
