// Whether a request's JSON body is what its route takes, and the message when it is not.

import { faultAt } from "../../core/fault-at.ts";
import type { Ajv2020, ErrorObject as AjvError, ValidateFunction } from "ajv/dist/2020.js";
import type { Context } from "hono";
import { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { instead, type Wanted } from "../../core/instead.ts";
import { unknownName } from "../../core/unknown.ts";
import { callerOf, signed } from "../callers.ts";
import { ticketOf } from "../intake.ts";
import { readJson } from "../json-body.ts";
import { BodyError } from "../body-error.ts";
import { JsonTextError } from "../json-text.ts";
import { limitRule } from "../limit-rule.ts";
import { readQuery } from "./query-string.ts";

let ajv: Promise<Ajv2020> | undefined;
const compiled = new WeakMap<JsonObject, ValidateFunction>();

/** Reads and checks the body; throws VALIDATION_ERROR naming the field and the rule. */
export async function readBody<T>(c: Context, schema: JsonObject): Promise<T> {
  // What belongs into the body, such as wait_ms, would be ignored there.
  readQuery(c, []);
  const body = signed(callerOf(c), await jsonBody(c), schema.properties as JsonObject);
  const validate = compiled.get(schema) ?? await compile(schema);
  if (!validate(body)) throw validationError(validate.errors![0]!, schema, body);
  return body as T;
}

/** What the body says, whatever that is; throws VALIDATION_ERROR `body: …` for what is no JSON. */
export async function jsonBody(c: Context): Promise<Json> {
  try {
    return await readJson(c.req, ticketOf(c));
  } catch (error) {
    if (error instanceof BodyError) throw faultAt("body", error.message);
    if (!(error instanceof JsonTextError)) throw error;
    throw faultAt("body", error.message, { line: error.line, column: error.column });
  }
}

async function compile(schema: JsonObject): Promise<ValidateFunction> {
  // Loaded with the first body, so that a daemon is ready without it.
  ajv ??= import("ajv/dist/2020.js").then((module) =>
    new module.Ajv2020({ allErrors: false, logger: false, strict: true })
  );
  const validate = (await ajv).compile(schema);
  compiled.set(schema, validate);
  return validate;
}

function validationError(error: AjvError, schema: JsonObject, body: unknown): OpcodeError {
  const path = error.instancePath.slice(1).replaceAll("/", ".");
  if (error.keyword === "additionalProperties") {
    const known = Object.keys(schema.properties as JsonObject);
    const what = "a known field";
    const { name, rule } = unknownName(Object.keys(body as object), known, { what })!;
    return faultAt(name, rule);
  }
  if (error.keyword === "required") return faultAt(error.params.missingProperty, "is required");
  if (error.keyword === "enum") {
    return faultAt(path, `must be one of ${error.params.allowedValues.join(", ")}`);
  }
  const member = (schema.properties as Record<string, JsonObject>)[path];
  const limit = member && limitRule(error, member);
  if (limit !== undefined) return faultAt(path, limit);
  const literal = error.keyword === "type" ? typeMeant(path, schema, body) : "";
  return faultAt(path || "body", (error.message ?? "is not valid") + literal);
}

/** `; write …`: what a member of the body says as the type that is asked for. */
function typeMeant(name: string, schema: JsonObject, body: unknown): string {
  if (!isObject(body as Json)) return "";
  const wanted = (schema.properties as Record<string, Wanted>)[name];
  const value = (body as JsonObject)[name];
  if (!wanted || value === undefined) return "";
  if (name === "version" && typeof value === "number") return `; write "v${value}"`;
  return instead(wanted, value);
}
