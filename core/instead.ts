// What to write instead of a value of the wrong kind, as the JSON that would be right.

import { DURATION_PATTERN, durationsMeant } from "./duration.ts";
import { isObject, type Json, schemaTypeOf } from "./json.ts";
import { cut } from "./text.ts";

/** The keywords of JSON Schema by which it is seen what is wanted; others are not looked at. */
export interface Wanted {
  type?: string | readonly string[];
  pattern?: string;
  enum?: readonly unknown[];
  required?: readonly string[];
  anyOf?: readonly { required?: readonly string[] }[];
  items?: Wanted;
  properties?: Readonly<Record<string, Wanted>>;
}

/** Characters of a value that is repeated in what is to be written. */
const LONGEST_REPEATED = 60;
/** How truth is written elsewhere. */
const YES = /^(true|yes|on|1)$/i;
const NO = /^(false|no|off|0)$/i;
/** Items of a list that is written in another way. */
const MOST_REPEATED = 5;

/**
 * `; write …` with the JSON that says what the value seems to say; nothing when that is not seen.
 * `find` follows references of the schema.
 */
export function instead(
  wanted: Wanted,
  value: Json,
  find: (schema: Wanted) => Wanted = (schema) => schema,
): string {
  const literal = meant(wanted, value, find);
  return literal === undefined ? "" : `; write ${literal}`;
}

function meant(wanted: Wanted, value: Json, find: (schema: Wanted) => Wanted): string | undefined {
  const schema = find(wanted);
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.includes(schemaTypeOf(value))) return undefined;
  if (types.includes("integer") || types.includes("number")) {
    return typeof value === "string" && /^\s*-?\d+\s*$/.test(value) ? value.trim() : undefined;
  }
  if (types.includes("boolean")) {
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    return YES.test(String(value)) ? "true" : NO.test(String(value)) ? "false" : undefined;
  }
  if (types.includes("array")) return asList(schema, value, find);
  if (types.includes("object")) return asObject(schema, value, find);
  if (!types.includes("string") || typeof value === "object") return undefined;
  return schema.pattern?.includes(DURATION_PATTERN) && typeof value === "number"
    ? durationsMeant(String(value))
    : JSON.stringify(String(value));
}

/** One item where a list belongs, or items by their names. */
function asList(
  schema: Wanted,
  value: Json,
  find: (schema: Wanted) => Wanted,
): string | undefined {
  const items = find(schema.items ?? {});
  const types = items.type === undefined ? [] : [items.type].flat();
  if (isObject(value)) {
    const members = Object.entries(value);
    const named = members.length > 0 && !("id" in value) &&
      members.every(([, member]) => typeof member === "object" && member !== null);
    if (named && types.includes("object")) {
      return `a list: [{"id": ${shown(members[0]![0])}, …}, …]`;
    }
    if (named && types.includes("array")) return "a list of lists: [[{…}, …], …]";
    return types.includes("object") ? `a list: [${beginning(value)}]` : undefined;
  }
  if (value === null) return undefined;
  if (types.length === 0 || types.includes(schemaTypeOf(value))) {
    const several = typeof value === "string" && !/["']/.test(value)
      ? value.split(/[\s,]+/).filter((part) => part !== "").slice(0, MOST_REPEATED)
      : [];
    return `[${several.length > 1 ? several.map(shown).join(", ") : shown(value)}]`;
  }
  const item = meant(items, value, find);
  return item === undefined ? undefined : `[${item}]`;
}

/** A value that stands for the member which an object must have. */
function asObject(
  schema: Wanted,
  value: Json,
  find: (schema: Wanted) => Wanted,
): string | undefined {
  const ways = schema.required ? [schema.required] : schema.anyOf?.map(({ required }) => required);
  for (const required of ways ?? []) {
    const [name, ...others] = required ?? [];
    if (name === undefined || others.length > 0) continue;
    const member = find(schema.properties?.[name] ?? {});
    const types = member.type === undefined ? [] : [member.type].flat();
    if (member.enum) {
      if (member.enum.includes(value)) return `{"${name}": ${shown(value)}}`;
    } else if (typeof value !== "object" && types.includes(schemaTypeOf(value))) {
      return `{"${name}": ${shown(value)}}`;
    } else {
      const literal = meant(member, value, find);
      // A text where a list or an object belongs may be anything.
      if (literal !== undefined && /^["\d-]/.test(literal)) {
        const ways = member.pattern?.includes(DURATION_PATTERN) ? literal.split(" or ") : [literal];
        return ways.map((way) => `{"${name}": ${way}}`).join(" or ");
      }
    }
  }
  if (!Array.isArray(value) || schema.properties !== undefined || value.length === 0) {
    return undefined;
  }
  const names = value.slice(0, MOST_REPEATED);
  if (!names.every((name) => typeof name === "string")) return undefined;
  return `an object: {${names.map((name) => `${shown(name)}: …`).join(", ")}}`;
}

function beginning(value: Record<string, Json>): string {
  const [first, ...others] = Object.entries(value);
  if (!first) return "{…}";
  const member = typeof first[1] === "object" ? "…" : shown(first[1]);
  return `{${shown(first[0])}: ${member}${others.length > 0 ? ", …" : ""}}`;
}

function shown(value: Json): string {
  return typeof value === "string"
    ? JSON.stringify(cut(value, LONGEST_REPEATED))
    : cut(JSON.stringify(value), LONGEST_REPEATED);
}
