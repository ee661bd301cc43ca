// Whether an input that a token or an expression reads is one that runs are given.

import { isObject, type JsonObject } from "../../core/json.ts";
import { cut } from "../../core/text.ts";
import { celField } from "./cel-source.ts";
import type { Read } from "../interpolate/references.ts";
import { isOpen, mayHaveMore, propertiesOf, unknownField } from "./known-fields.ts";
import { type ReadScope, tellsOnce } from "./read-scope.ts";
import { member, quote, type Report } from "./report.ts";
import type { Reader } from "./step-references.ts";

interface Check {
  scope: ReadScope;
  report: Report;
}

export function checkInput(read: Read, reader: Reader, check: Check): void {
  const { scope, report } = check;
  const { definition, inputSchema, given } = scope;
  const defaults = definition.inputs ?? {};
  const declared = inputSchema ? propertiesOf(inputSchema) : {};
  const isKnown = (name: string | null) =>
    name !== null && (Object.hasOwn(defaults, name) || Object.hasOwn(declared, name));
  const [name] = read.keys as [string];
  if (Object.hasOwn(defaults, name) || Object.hasOwn(defaults, read.remainder ?? name)) return;
  const keys = isKnown(read.remainder) ? [read.remainder!] : read.keys;
  const unknown = inputSchema && unknownField(inputSchema, keys);
  if (inputSchema && !unknown) return checkOptional({ ...read, keys }, reader, check);
  const isGiven = given?.isMapped || given?.names.has(name);
  const shown = quote(unknown ? read.keys.slice(0, unknown.at + 1).join(".") : name);
  const names = unknown && unknown.at > 0
    ? unknown.names
    : () => [...Object.keys(defaults), ...Object.keys(declared)];
  const meant = report.suggest(read.keys[unknown?.at ?? 0]!, names);
  if (!unknown) {
    // Without a schema any input may be given: a slip is worth a word of its own.
    if (meant !== "" && !isGiven) {
      report.warn(reader.path, `reads input ${shown}, which has no default${meant}`);
    } else if (!isGiven && !given?.isHooked && !read.guarded && !isGuarded(name, reader, scope)) {
      scope.undeclared?.(name, reader.path);
    }
  } else if (unknown.impossible && !read.computed) {
    report.error(reader.path, `reads input ${shown}, which input_schema does not allow${meant}`);
  } else if (!isGiven) {
    report.warn(reader.path, `reads input ${shown}, which input_schema does not name${meant}`);
  }
}

/** A warning where a run may be begun without what is read; of each such path once. */
function checkOptional(read: Read, reader: Reader, { scope, report }: Check): void {
  const { inputSchema, given } = scope;
  const at = optionalAt(inputSchema!, read.keys);
  const [name] = read.keys as [string];
  if (at === undefined || given?.isHooked || given?.names.has(name)) return;
  // Programs have nothing where nothing is given, and ways to say what then.
  if (reader.isProgram || read.guarded || isGuarded(name, reader, scope)) return;
  const shown = read.keys.slice(0, at + 1).join(".");
  if (!tellsOnce(scope, `inputs ${shown}`)) return;
  const isTop = at === 0;
  const ways = isTop
    ? `write "default" for it in input_schema, or list it in "required"`
    : `list it in "required" there`;
  const path = cut(read.keys.slice(0, at + 1).reduce(celField, "inputs"), 100);
  const choice = `has(${path}) ? ${path} : 'other'`;
  const asking = reader.isGuard
    ? `ask first: has(${path}) && …`
    : `write ${read.computed ? choice : `\${{${choice}}}`}`;
  report.warn(
    reader.path,
    `reads input ${quote(shown)}, which a run need not be given, and fails without: ${ways}, or ` +
      asking,
  );
}

/** Position of the first key that an object of the schema may lack; undefined where all must be there. */
function optionalAt(schema: JsonObject, keys: readonly string[]): number | undefined {
  let inner: JsonObject = schema;
  for (const [at, key] of keys.entries()) {
    const rule = propertiesOf(inner)[key];
    if (!isObject(rule) || !Object.hasOwn(propertiesOf(inner), key) || mayHaveMore(inner)) {
      return undefined;
    }
    // What has a default is there; what is in it then is its author's affair.
    if (Object.hasOwn(rule, "default")) return undefined;
    const { required = [] } = inner;
    if (!Array.isArray(required) || !required.includes(key)) return at;
    inner = rule;
  }
  return undefined;
}

/** Whether a condition of the reader, or around it, looks at the input first. */
function isGuarded(name: string, { node, path, isGuard }: Reader, { guards }: ReadScope): boolean {
  const from = isGuard || path === `${node?.path}.config.expression` ? node?.list.parent : node;
  return from !== undefined && guards.readInput(from, name);
}

/** A default input that a closed input_schema refuses would refuse every run. */
export function checkDefaults(scope: ReadScope, report: Report): void {
  const { definition, inputSchema } = scope;
  if (!inputSchema || inputSchema.additionalProperties !== false || isOpen(inputSchema)) return;
  const declared = propertiesOf(inputSchema);
  for (const name of Object.keys(definition.inputs ?? {})) {
    if (Object.hasOwn(declared, name)) continue;
    const meant = report.suggest(name, () => Object.keys(declared));
    report.error(member("inputs", name), `is not allowed by input_schema${meant}`);
  }
}
