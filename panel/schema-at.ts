// What a JSON Schema says may stand at a place: which members, which values.

import { isObject } from "./exact-json.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** What is known of the value around a place: of the object at this depth of the path, a member's text. */
export type Known = (depth: number, member: string) => string | undefined;

export interface Offer {
  /** A member's name, or the JSON of a value. */
  text: string;
  detail?: string;
  /** What a member's value begins as; empty: nothing. */
  begins?: string;
  isRequired?: boolean;
}

/** All schemas that hold at the path, `$ref` and the conditions that are met followed. */
export function schemasAt(
  root: Schema,
  path: readonly (string | number)[],
  known: Known,
): Schema[] {
  let here = expanded(root, [root], (member) => known(0, member));
  for (const [depth, segment] of path.entries()) {
    const below = here.flatMap((schema) => memberOf(schema, segment));
    here = expanded(root, below, (member) => known(depth + 1, member));
  }
  return here;
}

function memberOf(schema: Schema, segment: string | number): Schema[] {
  if (typeof segment === "number") return [schema.items].filter(isObject);
  const named = (schema.properties as Record<string, unknown> | undefined) ?? {};
  const found = Object.hasOwn(named, segment) ? named[segment] : schema.additionalProperties;
  return [found].filter(isObject);
}

interface Condition {
  if?: { properties?: Record<string, { const?: unknown }>; required?: string[] };
  then?: Schema;
}

function expanded(
  root: Schema,
  schemas: readonly Schema[],
  known: (member: string) => string | undefined,
): Schema[] {
  const found = new Set<Schema>();
  const take = (schema: Schema) => {
    if (found.has(schema)) return;
    found.add(schema);
    const target = refOf(root, schema.$ref);
    if (target) take(target);
    for (const one of listOf(schema.allOf) as (Condition & Schema)[]) {
      if (!one.if) take(one);
      else if (one.then && isMet(one.if, known)) take(one.then);
    }
    for (const one of [...listOf(schema.anyOf), ...listOf(schema.oneOf)]) take(one as Schema);
  };
  for (const schema of schemas) take(schema);
  return [...found];
}

function isMet(
  { properties = {}, required = [] }: NonNullable<Condition["if"]>,
  known: (member: string) => string | undefined,
): boolean {
  return Object.entries(properties).every(([name, rule]) => {
    const value = known(name);
    return value === undefined ? !required.includes(name) : value === rule.const;
  });
}

function refOf(root: Schema, ref: unknown): Schema | undefined {
  if (typeof ref !== "string" || !ref.startsWith("#/")) return undefined;
  const parts = ref.slice(2).split("/");
  const target = parts.reduce<unknown>((at, part) => (at as Schema | undefined)?.[part], root);
  return isObject(target) ? target : undefined;
}

/** The members that may stand in the object of these schemas. */
export function membersOf(root: Schema, schemas: readonly Schema[]): Offer[] {
  const required = new Set(schemas.flatMap((schema) => listOf(schema.required)));
  const offers = new Map<string, Offer>();
  for (const schema of schemas) {
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      const all = isObject(member) ? expanded(root, [member], () => undefined) : [];
      const detail = wordsOf(all);
      offers.set(name, {
        text: name,
        begins: offers.get(name)?.begins || beginningOf(all),
        ...(detail !== undefined && { detail }),
        isRequired: required.has(name),
      });
    }
  }
  return [...offers.values()];
}

/** The values that these schemas name: those that must be first, then examples. */
export function valuesOf(schemas: readonly Schema[]): Offer[] {
  const values = schemas.flatMap((schema) => [
    ...listOf(schema.enum),
    ...("const" in schema ? [schema.const] : []),
    ...(schema.type === "boolean" ? [true, false] : []),
    ...("default" in schema ? [schema.default] : []),
    ...listOf(schema.examples),
  ]);
  const texts = new Set(values.map((value) => JSON.stringify(value)));
  return [...texts].map((text) => ({ text }));
}

function beginningOf(schemas: readonly Schema[]): string {
  const types = schemas.flatMap(({ type }) => [type].flat());
  if (types.includes("object")) return "{}";
  if (types.includes("array")) return "[]";
  const isText = types.includes("string") || schemas.some((schema) => Array.isArray(schema.enum));
  return isText ? '""' : "";
}

function wordsOf(schemas: readonly Schema[]): string | undefined {
  const words = schemas.map(({ description }) => description);
  return words.find((one) => typeof one === "string") as string | undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
