// Whether the schemas beside a definition say something, and whether its default inputs meet them.

import { OpcodeError } from "../../core/errors.ts";
import type { EvaluateOptions } from "../../core/expression.ts";
import { isObject, type Json } from "../../core/json.ts";
import { cut } from "../../core/text.ts";
import type { Issue } from "../api.ts";
import type { SchemaGate } from "../../embed/schema/answer.ts";
import { propertiesOf } from "./known-fields.ts";
import { holdsToken, SCHEMA_TYPES } from "./schema-like.ts";
import { applyDefaults, schemaText } from "./schemas.ts";

/** Members of a schema that are told of: one shows the form. */
const MOST_TOLD = 3;
/** Violations that are told. */
const MOST_BROKEN = 20;

/** A warning for fields written where a schema has its keywords: `{"n": "number"}` allows anything. */
export function misplacedFields(field: string, schema: Json | undefined): Issue[] {
  if (!isObject(schema)) return [];
  const fields = Object.entries(schema).filter(([, value]) =>
    typeof value === "string"
      ? SCHEMA_TYPES.includes(value)
      : isObject(value) && typeof value.type === "string" && SCHEMA_TYPES.includes(value.type)
  );
  const others = Object.keys(schema).length - fields.length;
  if (fields.length === 0 || others > 0 || (fields.length === 1 && schema.type !== undefined)) {
    return [];
  }
  const properties = Object.fromEntries(
    fields.slice(0, MOST_TOLD).map(([name, value]) => [
      name,
      isObject(value) ? { type: value.type! } : { type: value },
    ]),
  );
  return [warning(
    field,
    "says nothing, because it has fields where a JSON Schema has keywords: write " +
      cut(JSON.stringify({ type: "object", properties }), 300),
  )];
}

/** A warning for each default input that the schema refuses: a run that does not give it fails. */
export async function brokenDefaults(
  definition: Json,
  schema: Json | undefined,
  gate: SchemaGate,
  options: EvaluateOptions,
): Promise<Issue[]> {
  if (!isObject(definition) || !isObject(schema)) return [];
  const { required: _, minProperties: __, ...rest } = schema;
  const known = Object.fromEntries(
    Object.entries(isObject(definition.inputs) ? definition.inputs : {})
      .filter(([, value]) => !holdsToken(value)),
  );
  const inputs = applyDefaults(rest, known);
  if (Object.keys(inputs).length === 0) return [];
  const declared = propertiesOf(schema);
  const issues: Issue[] = [];
  for (const { at, explained } of await found(gate, schemaText(rest), inputs, options)) {
    const name = at.split("/")[1]?.replace(/~1/g, "/").replace(/~0/g, "~");
    // Others are told as inputs that the schema does not allow.
    if (name === undefined || !Object.hasOwn(declared, name) || !Object.hasOwn(inputs, name)) {
      continue;
    }
    const isOfSchema = !Object.hasOwn(known, name);
    const path = isOfSchema ? `input_schema.properties.${name}.default` : `inputs.${name}`;
    issues.push(warning(
      path,
      `the default does not meet input_schema, so a run that does not give it fails: ${explained}`,
    ));
    if (issues.length === MOST_BROKEN) break;
  }
  return issues;
}

/** What is wrong; nothing where the schema asks for too much work: each run says so. */
async function found(gate: SchemaGate, text: string, inputs: Json, options: EvaluateOptions) {
  try {
    return await gate.violations(text, inputs, options);
  } catch (thrown) {
    if (thrown instanceof OpcodeError && thrown.code !== "CANCELLED") return [];
    throw thrown;
  }
}

function warning(path: string, message: string): Issue {
  return { path, code: "VALIDATION_ERROR", message, severity: "warning" };
}
