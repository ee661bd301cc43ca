// Which fields a run's params have by the template's input_schema, and what params the texts in them make.

import { isObject, objectIn, parseExact } from "./exact-json.ts";
import type { TemplateRow } from "./replies.ts";

export interface ParamField {
  name: string;
  kind: "text" | "number" | "boolean" | "choice" | "json";
  isRequired: boolean;
  description: string | undefined;
  /** What it may be beside its kind, in words. */
  rule: string | undefined;
  /** What it is when nothing is given, as text. */
  initial: string | undefined;
  /** Of a choice: the JSON of each. */
  choices: string[];
}

/** What is asked for when the template says nothing of what it takes: all params as one JSON object. */
export const WHOLE = "params";

type Schema = Record<string, unknown>;

/** One a member of the schema, and of the definition's own inputs; none when the template names neither. */
export function fieldsOf({ input_schema, definition }: TemplateRow): ParamField[] {
  const { properties, required } = (input_schema ?? {}) as Schema;
  const inputs = objectOf((definition as Schema).inputs);
  const named = objectOf(properties);
  const names = new Set([...Object.keys(named), ...Object.keys(inputs)]);
  const isRequired = (name: string) =>
    Array.isArray(required) && required.includes(name) && !Object.hasOwn(inputs, name);
  return [...names].map((name) => {
    const given = Object.hasOwn(named, name) ? named[name] : { type: typeOf(inputs[name]) };
    const schema = objectOf(given);
    const initial = Object.hasOwn(inputs, name) ? inputs[name] : schema.default;
    return fieldOf(name, schema, { initial, isRequired: isRequired(name) });
  });
}

function fieldOf(
  name: string,
  schema: Schema,
  { initial, isRequired }: { initial: unknown; isRequired: boolean },
): ParamField {
  const choices = Array.isArray(schema.enum) ? schema.enum.map((one) => JSON.stringify(one)) : [];
  const kind = choices.length > 0 ? "choice" : kindOf(schema.type);
  return {
    name,
    kind,
    isRequired: isRequired && initial === undefined,
    description: typeof schema.description === "string" ? schema.description : undefined,
    rule: ruleOf(schema, kind),
    initial: initial === undefined ? undefined : shownAs(kind, initial),
    choices,
  };
}

function kindOf(type: unknown): ParamField["kind"] {
  if (type === "string") return "text";
  if (type === "number" || type === "integer") return "number";
  return type === "boolean" ? "boolean" : "json";
}

/** `unit`: what is counted, in the singular. */
const WORDS: readonly (readonly [keyword: string, words: string, unit?: string])[] = [
  ["minimum", "at least"],
  ["maximum", "at most"],
  ["exclusiveMinimum", "more than"],
  ["exclusiveMaximum", "less than"],
  ["multipleOf", "a multiple of"],
  ["minLength", "at least", "character"],
  ["maxLength", "at most", "character"],
  ["pattern", "matches"],
  ["format", "format:"],
  ["minItems", "at least", "item"],
  ["maxItems", "at most", "item"],
];

function ruleOf(schema: Schema, kind: ParamField["kind"]): string | undefined {
  const type = schema.type === "integer"
    ? ["a whole number"]
    : kind === "json"
    ? [`JSON${schema.type === undefined ? "" : `: ${[schema.type].flat().join(" or ")}`}`]
    : [];
  const rest = WORDS.filter(([keyword]) => ["string", "number"].includes(typeof schema[keyword]))
    .map(([keyword, words, unit]) => {
      const said = `${words} ${schema[keyword]}`;
      return unit === undefined ? said : `${said} ${unit}${schema[keyword] === 1 ? "" : "s"}`;
    });
  return [...type, ...rest].join(", ") || undefined;
}

/** A text as it stands, all else as JSON. */
function shownAs(kind: ParamField["kind"], value: unknown): string {
  return kind === "text" && typeof value === "string" ? value : JSON.stringify(value);
}

/** Texts of the fields for params that were given before. */
export function textsOf(fields: readonly ParamField[], params: object): Record<string, string> {
  if (fields.length === 0) {
    return Object.keys(params).length === 0 ? {} : { [WHOLE]: JSON.stringify(params, null, 2) };
  }
  const kinds = new Map(fields.map(({ name, kind }) => [name, kind]));
  return Object.fromEntries(
    Object.entries(params).map((
      [name, value],
    ) => [name, shownAs(kinds.get(name) ?? "json", value)]),
  );
}

/** The params, or for each field with a text that is none why not. What is left empty is not given. */
export function paramsOf(
  fields: readonly ParamField[],
  texts: Readonly<Record<string, string>>,
): { params: Record<string, unknown>; faults: Record<string, string> } {
  if (fields.length === 0) {
    const whole = texts[WHOLE]?.trim() ? objectIn(texts[WHOLE]) : {};
    return { params: whole ?? {}, faults: whole ? {} : { [WHOLE]: "must be a JSON object" } };
  }
  const faults: [string, string][] = [];
  const given = fields.flatMap((field) => {
    const text = textAt(texts, field.name) ?? "";
    if (text === "") return [];
    const value = field.kind === "text" ? text : parsed(text);
    if (value === undefined) {
      faults.push([field.name, field.kind === "number" ? "must be a number" : "must be JSON"]);
    }
    return [[field.name, value] as const];
  });
  // Not by assignment: `__proto__` is a name, too.
  return { params: Object.fromEntries(given), faults: Object.fromEntries(faults) };
}

/** What stands under a name that an author chose, which may be that of something all objects have. */
export function textAt(of: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

function parsed(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}

/**
 * What a refusal says of each field: by the path in its details, `params.a.b`, by the names that are
 * missing, and by its other violations, `/a/b: rule`.
 */
export function faultsOf(
  { message, details }: { message: string; details: Readonly<Record<string, unknown>> },
  fields: readonly ParamField[],
): Record<string, string> {
  const names = fields.length === 0 ? [WHOLE] : fields.map(({ name }) => name);
  const fieldAt = (path: string) =>
    fields.length === 0
      ? WHOLE
      : names.find((name) => path === name || path.startsWith(`${name}.`));
  const found = new Map<string, string>();
  const tell = (path: string, rule: string) => {
    const name = fieldAt(path);
    if (name === undefined || found.has(name)) return;
    found.set(name, path === name ? rule : `${path}: ${rule}`);
  };
  for (const name of listOf(details.missing)) tell(name, "is required");
  for (const violation of listOf(details.violations)) {
    const [, pointer, rule] = /^\/([^:]*): ([^]*)$/.exec(violation) ?? [];
    if (pointer !== undefined) tell(pointer.replaceAll("/", "."), rule!);
  }
  const path = typeof details.path === "string" ? details.path : "";
  if (path.startsWith("params.") && message.startsWith(`${path}: `)) {
    tell(path.slice("params.".length), message.slice(path.length + 2));
  } else if (path === WHOLE && fields.length === 0) tell(WHOLE, message);
  return Object.fromEntries(found);
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function objectOf(value: unknown): Schema {
  return isObject(value) ? value : {};
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}
