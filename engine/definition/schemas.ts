// Whether run params and outputs satisfy the JSON Schemas (2020-12) that a template gives for them.

import { cut } from "../../core/text.ts";
import type { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import { isDeeperThan } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import {
  installMeter,
  metered,
  meteredPattern,
  SchemaTooCostly,
  withSchemaBudget,
} from "../../core/schema-meter.ts";
import { WeightedCache } from "../weighted-cache.ts";

/** `<JSON pointer>: <message>` for what is wrong with a value; `/` is the value itself. */
export type SchemaCheck = (value: Json) => string[];

/** Compiling works by recursion, so deeper schemas are refused. */
const DEEPEST_SCHEMA = 100;

/** Characters of the schemas whose checks are kept: a compiled check takes many times as much. */
const CACHED = 4 * 1024 * 1024;
const cache = new WeightedCache<SchemaCheck>(CACHED);

/**
 * Compiles a schema; equal texts share one check. Formats are asserted, patterns are RE2, so
 * they run in linear time. Throws VALIDATION_ERROR for what does not compile, references to
 * other documents included; `details.rule` says why, `details.keys` lead to the place, where one
 * is known. A check stops at the first violation.
 */
export async function compileSchema(
  schema: JsonObject,
  which: "input_schema" | "output_schema",
): Promise<SchemaCheck> {
  const name = which === "input_schema" ? "input" : "output";
  const invalid: Invalid = (message, { cause, pointer = "" } = {}) => {
    const keys = pointer.split("/").slice(1).map((key) =>
      key.replaceAll("~1", "/").replaceAll("~0", "~")
    );
    return new OpcodeError("VALIDATION_ERROR", `invalid ${name} schema: ${message}`, {
      details: { field: which, rule: message, ...(keys.length > 0 && { keys }) },
      cause,
    });
  };
  if (!isObject(schema)) throw invalid("must be an object");
  if (isDeeperThan(schema, DEEPEST_SCHEMA)) {
    throw invalid(`must not be nested deeper than ${DEEPEST_SCHEMA} levels`);
  }
  if (schema.$async !== undefined) throw invalid("$async is not supported");
  const text = JSON.stringify(schema);
  const known = cache.get(text);
  if (known) return known;
  const check = await compile(withoutDialect(schema), invalid);
  cache.set(text, check, text.length);
  return check;
}

type Invalid = (message: string, more?: { cause?: unknown; pointer?: string }) => OpcodeError;

/** Generators often name an older draft whose keywords mean the same here. */
function withoutDialect(schema: JsonObject): JsonObject {
  const { $schema, ...rest } = schema;
  const older = typeof $schema === "string" && /^https?:\/\/json-schema\.org\//.test($schema);
  return older ? rest : schema;
}

async function compile(
  schema: JsonObject,
  invalid: Invalid,
): Promise<SchemaCheck> {
  // Loaded on first use: most starts of the daemon never need it at once.
  const [{ Ajv2020 }, { default: formats }, { RE2JS }] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
    import("re2js"),
  ]);
  const regExp = (pattern: string) =>
    meteredPattern(pattern, (text) => RE2JS.compile(RE2JS.translateRegExp(text)));
  regExp.code = "re2";
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    logger: false,
    // Inlined, a large schema with many references to it would become enormous code.
    inlineRefs: false,
    // Checked before, for a better message.
    validateSchema: false,
    code: { regExp: regExp as unknown as (pattern: string, flags: string) => RegExp } as never,
  });
  formats.default(ajv);
  installMeter(ajv);
  ajv.addFormat("regex", (pattern: string) => {
    try {
      return Boolean(regExp(pattern));
    } catch {
      return false;
    }
  });
  let validate: ReturnType<typeof ajv.compile>;
  try {
    checkForm(ajv, schema, invalid);
    validate = withSchemaBudget(() => ajv.compile(metered(schema)));
  } catch (error) {
    if (error instanceof OpcodeError) throw error;
    throw invalid((error as Error).message, { cause: error });
  }
  return (value) => {
    try {
      if (withSchemaBudget(() => validate(value))) return [];
    } catch (error) {
      if (error instanceof SchemaTooCostly) return [`/: ${error.message}`];
      // The stack overflows on a schema that only refers to itself, or on a very deep value.
      if (error instanceof RangeError) return ["/: cannot be checked, it nests too deeply"];
      throw error;
    }
    return (validate.errors ?? []).map((e) => `${e.instancePath || "/"}: ${explained(e)}`);
  };
}

/** Whether the schema is one: of what is wrong with one place the innermost says it best. */
function checkForm(ajv: Ajv, schema: JsonObject, invalid: Invalid): void {
  if (withSchemaBudget(() => ajv.validateSchema(schema))) return;
  const innermost = ajv.errors!.reduce((best, error) =>
    error.instancePath.length > best.instancePath.length ? error : best
  );
  throw invalid(explained(innermost), { pointer: innermost.instancePath });
}

function explained(error: { keyword: string; message?: string; params: unknown }): string {
  const params = error.params as Record<string, unknown>;
  const message = error.message ?? "is not valid";
  if (error.keyword === "enum") {
    return `must be one of ${cut(JSON.stringify(params.allowedValues), 500)}`;
  }
  if (error.keyword === "const") {
    return `must be ${cut(JSON.stringify(params.allowedValue), 500)}`;
  }
  if (error.keyword === "additionalProperties") {
    return `${message}: ${JSON.stringify(params.additionalProperty)}`;
  }
  return message;
}

/** A copy of the value with the `default` of each top-level property that it lacks. */
export function applyDefaults(schema: JsonObject, value: JsonObject): JsonObject {
  if (!isObject(schema.properties)) return value;
  const filled = { ...value };
  for (const [key, rule] of Object.entries(schema.properties)) {
    if (key === "__proto__" || Object.hasOwn(value, key)) continue;
    if (isObject(rule) && Object.hasOwn(rule, "default")) {
      filled[key] = structuredClone(rule.default!);
    }
  }
  return filled;
}
