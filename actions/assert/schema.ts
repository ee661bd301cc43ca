// Whether a value fits a JSON Schema: 2020-12 unless `$schema` names draft 2019-09 or draft-07.

import type { Ajv as AjvClass, Options, ValidateFunction } from "ajv";
import { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import {
  installMeter,
  metered,
  meteredPattern,
  SchemaTooCostly,
  withSchemaBudget,
} from "../../core/schema-meter.ts";
import { Lru } from "../../core/lru.ts";
import { compilePattern, loadPatterns } from "./pattern.ts";

type Draft = "2020-12" | "2019-09" | "draft-07";

interface Validator {
  /** Knows only the draft itself, and checks schemas against it. */
  meta: AjvClass;
  /** A fresh instance for each schema, so that no schema can name or shadow another. */
  create(): AjvClass;
}

const loaded = new Map<Draft, Validator>();
const compiled = new Lru<ValidateFunction>(128, 1024 * 1024);

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
  const validator = loaded.get(draft);
  if (validator) return check(validator, schema, data);
  return load(draft).then((validator) => check(validator, schema, data));
}

function check(
  validator: Validator,
  schema: JsonObject | boolean,
  data: Json,
): string | undefined {
  const validate = compiled.get(JSON.stringify(schema), () => compile(validator, schema));
  try {
    if (withSchemaBudget(() => validate(data))) return undefined;
  } catch (error) {
    if (error instanceof SchemaTooCostly) return `/: ${error.message}`;
    throw error;
  }
  const error = validate.errors![0]!;
  return `${error.instancePath || "/"}: ${error.message ?? error.keyword}`;
}

function compile({ meta, create }: Validator, schema: JsonObject | boolean): ValidateFunction {
  // Ajv's own keyword, with which a validator answers promises.
  if (isObject(schema) && schema.$async !== undefined) throw unusable("$async is not supported");
  let charged = schema;
  try {
    if (isObject(schema)) charged = metered(schema);
  } catch (error) {
    throw unusable((error as Error).message);
  }
  if (!meta.validateSchema(schema)) {
    throw unusable(meta.errorsText(meta.errors, { dataVar: "schema" }));
  }
  try {
    return withSchemaBudget(() => create().compile(charged));
  } catch (error) {
    throw unusable((error as Error).message);
  }
}

function unusable(reason: string): OpcodeError {
  return new OpcodeError(
    "VALIDATION_ERROR",
    `params.schema: is not a usable JSON Schema: ${reason}`,
  );
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

async function load(draft: Draft): Promise<Validator> {
  await loadPatterns();
  const [{ default: Ajv }, { default: addFormats }] = await Promise.all([
    draft === "2020-12"
      ? import("ajv/dist/2020.js")
      : draft === "2019-09"
      ? import("ajv/dist/2019.js")
      : import("ajv"),
    import("ajv-formats"),
  ]);
  const options: Options = { allErrors: false, strict: false, logger: false };
  const validator: Validator = {
    meta: new Ajv.default(options),
    create() {
      const ajv = new Ajv.default({
        ...options,
        validateSchema: false,
        // Inlined, a large schema with many references to it would become enormous code.
        inlineRefs: false,
        code: { regExp },
      });
      addFormats.default(ajv);
      installMeter(ajv);
      return ajv;
    },
  };
  loaded.set(draft, validator);
  return validator;
}

/** What ajv compiles `pattern` and `patternProperties` with. */
function regExp(pattern: string) {
  return meteredPattern(pattern, (text) => compilePattern(text, "params.schema"));
}
regExp.code = "regExp";
