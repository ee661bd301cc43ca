// How a tool call's arguments become what the tool takes, or a VALIDATION_ERROR naming one.

import type { Ajv2020 as Ajv, ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { DEEPEST_VALUE } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { instead, type Wanted } from "../../core/instead.ts";
import { nearest } from "../../core/nearest.ts";
import { unknownName } from "../../core/unknown.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { tooDeep } from "../json-body.ts";
import { tooManyValues } from "../json-shape.ts";
import { limitRule } from "../limit-rule.ts";
import type { Tool } from "./tools/tool.ts";

/** Arguments that name something: never blank, never with control characters. */
const IDENTIFIERS = [
  "name",
  "template_name",
  "workflow_id",
  "agent_id",
  "from_run",
];

/** Of tools that only read, which are the ones that do not take it. */
const NO_AGENT = "; leave agent_id out: only define, run and signal take it";

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u;

let ajv: Ajv | undefined;
const validators = new Map<string, ValidateFunction>();

/**
 * The arguments, coerced and checked against the tool's published schema. Objects may come as
 * JSON text, numbers and booleans as text (weak clients send them so); `null` counts as absent.
 * Throws VALIDATION_ERROR with `details: {path, rule}`, also for an argument that is not known.
 */
export async function readArguments(tool: Tool, given: unknown): Promise<JsonObject> {
  if (given !== undefined && !isObject(given)) {
    throw invalid("arguments", "type", "arguments: must be an object");
  }
  refuseUnknown(tool, given);
  const args: JsonObject = {};
  for (const [name, schema] of Object.entries(tool.inputSchema.properties)) {
    const value = given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined && value !== null) args[name] = coerce(name, value, schema.type!);
  }
  const validate = validators.get(tool.name) ?? await compile(tool);
  if (!validate(args)) throw explain(validate.errors![0]!, args, tool);
  for (const name of IDENTIFIERS) checkIdentifier(name, args[name]);
  return args;
}

function refuseUnknown({ name, meant, inputSchema }: Tool, given: JsonObject = {}): void {
  const names = Object.keys(given).filter((key) => given[key] !== null);
  const unknown = unknownName(names, Object.keys(inputSchema.properties), {
    what: `an argument of ${name}`,
    ...(meant && { meant }),
    lists: true,
  });
  if (!unknown) return;
  const advice = names.includes("agent_id") && !inputSchema.properties.agent_id ? NO_AGENT : "";
  throw invalid(unknown.name, "unknown", `${unknown.name}: ${unknown.rule}${advice}`);
}

function coerce(name: string, value: Json, type: Json): Json {
  if (typeof value !== "string") return value;
  switch (type) {
    case "object":
      return parseObject(name, value);
    case "integer":
      return /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
    case "array":
      return value.trimStart().startsWith("[")
        ? parseObject(name, value, "an array")
        : value.split(",").map((item) => item.trim());
    case "boolean":
      return value === "true" ? true : value === "false" ? false : value;
    default:
      return value;
  }
}

/** The value of a JSON text in the place of an object, counted; VALIDATION_ERROR when it is no JSON. */
export function parseObject(name: string, text: string, what = "an object"): Json {
  // Text within a text has not been counted yet.
  const tooMany = tooManyValues(new TextEncoder().encode(text));
  if (tooMany !== undefined) throw invalid(name, "values", `${name}: ${tooMany}`);
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    const why = (error as Error).message;
    const such = name === "payload" ? ', such as {"choice": "approve"} or {"signal": "go"}' : "";
    throw invalid(name, "type", `${name}: must be ${what}${such}; the text is not JSON: ${why}`);
  }
  if (!tooDeep(text, value)) return value;
  throw invalid(name, "depth", `${name}: must not nest deeper than ${DEEPEST_VALUE} levels`);
}

async function compile(tool: Tool): Promise<ValidateFunction> {
  if (ajv === undefined) {
    const { Ajv2020 } = await import("ajv/dist/2020.js");
    ajv ??= new Ajv2020({ allErrors: false, logger: false, strict: false });
  }
  const validate = ajv.compile(tool.inputSchema);
  validators.set(tool.name, validate);
  return validate;
}

function explain(error: ErrorObject, args: JsonObject, tool: Tool): OpcodeError {
  const { keyword, params } = error;
  if (keyword === "required") {
    return invalid(params.missingProperty, "required", `${params.missingProperty} is required`);
  }
  const [name = "", index] = error.instancePath.slice(1).split("/");
  if (keyword === "enum") {
    const allowed = params.allowedValues.join(", ");
    const given = index === undefined ? args[name] : (args[name] as Json[])[Number(index)];
    const value = JSON.stringify(given);
    const meant = typeof given === "string" ? valueMeant(tool, given, params.allowedValues) : "";
    const rule = `unknown ${name} ${value}: must be one of ${allowed}${meant}`;
    return invalid(name, "enum", `${name}: ${rule}`);
  }
  if (keyword !== "type") {
    const rule = limitRule(error, tool.inputSchema.properties[name] ?? {}) ?? error.message;
    return invalid(name, keyword, `${name}: ${rule}`);
  }
  const given = index === undefined ? args[name] : (args[name] as Json[])[Number(index)];
  const literal = typeMeant(name, error.parentSchema ?? { type: params.type }, given!);
  return invalid(name, keyword, `${name}: ${error.message}${literal}`);
}

/** `; did you mean …?`: the value that goes by this one elsewhere, or the nearest. */
function valueMeant({ meantValues = {} }: Tool, given: string, allowed: string[]): string {
  const word = given.toLowerCase();
  const meant = Object.hasOwn(meantValues, word) ? meantValues[word] : nearest(given, allowed);
  return meant === undefined || !allowed.includes(meant) ? "" : `; did you mean "${meant}"?`;
}

/** `; write …`: what the value says as the type that is asked for. */
function typeMeant(name: string, schema: object, value: Json): string {
  if (name === "version" && typeof value === "number") return `; write "v${value}"`;
  return instead(schema as Wanted, value);
}

function checkIdentifier(name: string, value: Json | undefined): void {
  if (typeof value !== "string") return;
  if (value.trim() === "") throw invalid(name, "blank", `${name}: must not be blank`);
  if (UNPRINTABLE.test(value)) {
    throw invalid(name, "printable", `${name}: must hold printable characters only`);
  }
}

function invalid(argument: string, rule: string, message: string): OpcodeError {
  // `argument` is an old name of `path`.
  return new OpcodeError("VALIDATION_ERROR", message, {
    details: { path: argument, argument, rule },
  });
}
