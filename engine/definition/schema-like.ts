// Whether default inputs or a first context are written in a way that means something elsewhere, not here.

import { cut } from "../../core/text.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { member, quote, type Report } from "./report.ts";
import type { WorkflowDefinition } from "./types.ts";

/** Members of an object that are told: the others are found when these are mended. */
const MOST_TOLD = 20;

/** What `type` of a JSON Schema may name. */
export const SCHEMA_TYPES = ["string", "number", "integer", "boolean", "array", "object", "null"];
/** What declarations of inputs hold beside a type, in JSON Schema and in other engines. */
const BESIDE_TYPE = new Set(
  ("type default description required enum format title examples minimum maximum pattern items " +
    "properties additionalProperties minLength maxLength minItems maxItems options const nullable")
    .split(" "),
);

/** What stands in `inputs` and `context` is the value itself; `"x-literal": true` says that it is meant. */
export function checkSchemaLike(definition: WorkflowDefinition, report: Report): void {
  if ((definition as unknown as JsonObject)["x-literal"] === true) return;
  for (const [name, what] of [["inputs", "a default"], ["context", "a first value"]] as const) {
    const values = definition[name];
    if (values === undefined) continue;
    if (name === "inputs" && isWholeSchema(values)) {
      report.error(
        name,
        'holds default values, {"NAME": value}, not a JSON Schema: that is the input_schema beside ' +
          `the definition${MEANT}`,
      );
      continue;
    }
    let told = 0;
    for (const [key, value] of Object.entries(values)) {
      if (told === MOST_TOLD) break;
      const path = member(name, key);
      if (isDeclaration(value)) {
        told++;
        report.error(path, `${declared(key, value, { name, what })}${MEANT}`);
      } else if (name === "inputs" && typeof value === "string" && SCHEMA_TYPES.includes(value)) {
        told++;
        report.warn(
          path,
          `the default is the text ${
            quote(value)
          }; a type is declared in the input_schema beside ` +
            `the definition, ${schemaOf(key, { type: value })}`,
        );
      }
    }
    if (name === "context" && holdsToken(values)) {
      report.warn(
        name,
        "tokens ${{…}} in it stay text: a step with the action workflow.context puts values in",
      );
    }
  }
}

const MEANT = '; if it is meant as it stands, "x-literal": true beside "steps" says so';

function isWholeSchema(values: JsonObject): boolean {
  return values.type === "object" && isObject(values.properties) &&
    Object.values(values.properties).every(isObject);
}

function isDeclaration(value: Json): value is JsonObject {
  if (!isObject(value)) return false;
  const { type } = value;
  const named = typeof type === "string" ? [type] : Array.isArray(type) ? type : [];
  return named.length > 0 && named.every((one) => SCHEMA_TYPES.includes(one as string)) &&
    Object.keys(value).every((key) => BESIDE_TYPE.has(key));
}

function declared(
  key: string,
  { default: initial, required: _, ...schema }: JsonObject,
  { name, what }: { name: string; what: string },
): string {
  const value = initial === undefined ? "" : `, and ${short({ [key]: initial })} in ${name}`;
  const place = name === "inputs" ? "the input_schema" : "the input_schema of inputs";
  return `is ${what} of this very object: a type is declared in ${place} beside the definition, ` +
    `${schemaOf(key, schema)}${value}`;
}

function schemaOf(key: string, schema: JsonObject): string {
  return short({ properties: { [key]: schema } });
}

/** Characters of an object that is shown. */
const LONGEST = 200;

function short(value: JsonObject): string {
  return cut(JSON.stringify(value), LONGEST);
}

/** Whether a text in the value has a token. */
export function holdsToken(value: Json): boolean {
  if (typeof value === "string") return value.includes("${{");
  if (Array.isArray(value)) return value.some(holdsToken);
  return isObject(value) && Object.values(value).some(holdsToken);
}
