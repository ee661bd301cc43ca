// Which JSON Schemas (2020-12) a template gives for its inputs and its output, and what they refuse.

import { placeOf } from "../../core/fault-at.ts";
import { isDeeperThan } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { EvaluateOptions } from "../../core/expression.ts";
import { isObject } from "../../core/json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { SchemaGate } from "../../embed/schema/answer.ts";
import { DEEPEST_SCHEMA } from "../../embed/schema/meter.ts";
import { escapeKey, IS_MISSING } from "../../embed/schema/violation.ts";

/** Refuses what is no usable schema: VALIDATION_ERROR with `details {path, rule, keys?}`. */
export async function checkSchema(
  schema: Json,
  field: "input_schema" | "output_schema",
  gate: SchemaGate,
  options: EvaluateOptions = {},
): Promise<void> {
  const name = field === "input_schema" ? "input" : "output";
  const invalid = (rule: string, details?: JsonObject) =>
    new OpcodeError("VALIDATION_ERROR", `invalid ${name} schema: ${rule}`, {
      details: { ...placeOf(field), rule, ...details },
    });
  if (!isObject(schema)) throw invalid("must be an object");
  if (isDeeperThan(schema, DEEPEST_SCHEMA)) {
    throw invalid(`must not be nested deeper than ${DEEPEST_SCHEMA} levels`);
  }
  try {
    await gate.refuse(schemaText(schema), options);
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError) || thrown.code === "CANCELLED") throw thrown;
    throw invalid(thrown.message, thrown.code === "VALIDATION_ERROR" ? thrown.details : undefined);
  }
}

/** JSON text of a schema without its dialect: generators often name an older draft, and mean this. */
export function schemaText(schema: JsonObject): string {
  const { $schema, ...rest } = schema;
  const older = typeof $schema === "string" && /^https?:\/\/json-schema\.org\//.test($schema);
  return JSON.stringify(older ? rest : schema);
}

/** `<JSON pointer>: <message>` for what is wrong with a value; `/` is the value itself. */
export type SchemaCheck = (
  value: Json,
  gate: SchemaGate,
  options: EvaluateOptions,
) => string[] | Promise<string[]>;

/** The check of a stored schema, which is one. */
export function schemaCheck(schema: JsonObject): SchemaCheck {
  const text = schemaText(schema);
  return (value, gate, options) => {
    const found = gate.violations(text, value, options);
    const told = (violations: Awaited<typeof found>) =>
      violations.map(({ at, explained }) => `${at}: ${explained}`);
    return found instanceof Promise ? found.then(told) : told(found);
  };
}

/** The properties that every value must have and this one lacks: a check finds the first of them. */
export function missingOf({ required }: JsonObject, value: JsonObject): string[] {
  if (!Array.isArray(required)) return [];
  return (required as string[]).filter((key) => !Object.hasOwn(value, key));
}

/** What a check says of a missing property. */
export function missingText(key: string): string {
  return `/${escapeKey(key)}: ${IS_MISSING}`;
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
