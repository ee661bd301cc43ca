// How tests hold answers against the schemas of the OpenAPI document.

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** One operation as the document describes it. */
export interface Described {
  operationId: string;
  parameters?: { name: string; in: string; schema: JsonObject }[];
  requestBody?: { content: Record<string, { schema: JsonObject }> };
  responses: Record<string, { content: Record<string, { schema: JsonObject }> }>;
}

/** The operations of a document with their paths and methods. */
export function operationsIn(
  document: JsonObject,
): { path: string; method: string; operation: Described }[] {
  const paths = document.paths as unknown as Record<string, Record<string, Described>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  );
}

/** Compiles the schemas of a document, whose references lead into it. */
export function compilerOf(document: JsonObject): (schema: JsonObject) => ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  addFormats.default(ajv);
  const { schemas } = document.components as { schemas: JsonObject };
  return (schema) => {
    const whole = JSON.stringify({ ...schema, $defs: schemas });
    return ajv.compile(JSON.parse(whole.replaceAll("#/components/schemas/", "#/$defs/")));
  };
}

/** The same with every object that names its members closed: so that what is not named is found. */
export function closed(value: Json): Json {
  if (Array.isArray(value)) return value.map(closed);
  if (!isObject(value)) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const names = value.type === "object" && isObject(value.properties);
  return names ? { ...inner, additionalProperties: false } : inner;
}
