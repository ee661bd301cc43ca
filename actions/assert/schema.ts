// Whether a value fits a JSON Schema: 2020-12 unless `$schema` names draft 2019-09 or draft-07.

import type { Ajv as AjvClass, ValidateFunction } from "ajv";
import { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { Lru } from "../lru.ts";
import { compilePattern, loadPatterns } from "./pattern.ts";

type Draft = "2020-12" | "2019-09" | "draft-07";

interface Compiled {
  ajv: AjvClass;
  schema: JsonObject | boolean;
  validate: ValidateFunction;
}

const loaded = new Map<Draft, AjvClass>();
const compiled = new Lru<Compiled>(128, ({ ajv, schema }) => ajv.removeSchema(schema as object));

/**
 * What is wrong with `data`, as `/pointer: rule`, or undefined when it fits. A promise only while
 * the validator is being loaded. VALIDATION_ERROR when `schema` is no schema, or refers to another
 * document: nothing is ever fetched or read from disk.
 */
export function violation(
  schema: JsonObject | boolean,
  data: Json,
): string | undefined | Promise<string | undefined> {
  const draft = draftOf(schema);
  const ajv = loaded.get(draft);
  if (ajv) return check(ajv, schema, data);
  return load(draft).then((ajv) => check(ajv, schema, data));
}

function check(ajv: AjvClass, schema: JsonObject | boolean, data: Json): string | undefined {
  const { validate } = compiled.get(JSON.stringify(schema), () => compile(ajv, schema));
  if (validate(data)) return undefined;
  const error = validate.errors![0]!;
  return `${error.instancePath || "/"}: ${error.message ?? error.keyword}`;
}

function compile(ajv: AjvClass, schema: JsonObject | boolean): Compiled {
  try {
    return { ajv, schema, validate: ajv.compile(schema) };
  } catch (error) {
    ajv.removeSchema(schema as object);
    const reason = (error as Error).message;
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `params.schema: is not a usable JSON Schema: ${reason}`,
    );
  }
}

function draftOf(schema: JsonObject | boolean): Draft {
  const named = isObject(schema) ? schema.$schema : undefined;
  if (named === undefined) return "2020-12";
  const text = String(named).replace(/#$/, "");
  if (text === "https://json-schema.org/draft/2020-12/schema") return "2020-12";
  if (text === "https://json-schema.org/draft/2019-09/schema") return "2019-09";
  if (/^https?:\/\/json-schema\.org\/draft-07\/schema$/.test(text)) return "draft-07";
  throw new OpcodeError(
    "VALIDATION_ERROR",
    "params.schema.$schema: must name draft 2020-12, 2019-09 or draft-07",
  );
}

async function load(draft: Draft): Promise<AjvClass> {
  await loadPatterns();
  const [{ default: Ajv }, { default: addFormats }] = await Promise.all([
    draft === "2020-12"
      ? import("ajv/dist/2020.js")
      : draft === "2019-09"
      ? import("ajv/dist/2019.js")
      : import("ajv"),
    import("ajv-formats"),
  ]);
  const ajv = new Ajv.default({
    allErrors: false,
    strict: false,
    logger: false,
    addUsedSchema: false,
    code: { regExp },
  });
  addFormats.default(ajv);
  loaded.set(draft, ajv);
  return ajv;
}

/** What ajv compiles `pattern` and `patternProperties` with; toString keeps patterns apart. */
function regExp(pattern: string) {
  const compiled = compilePattern(pattern, "params.schema");
  return { test: (text: string) => compiled.test(text), toString: () => pattern };
}
regExp.code = "regExp";
