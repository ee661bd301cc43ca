// How a JSON Schema becomes a check: 2020-12 unless `$schema` names draft 2019-09 or draft-07.

import type { Ajv as AjvClass, ErrorObject, Options, ValidateFunction } from "ajv";
import { isDeeperThan } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { cut } from "../../core/text.ts";
import {
  ALONE_STEPS,
  DEEPEST_SCHEMA,
  installMeter,
  metered,
  meteredPattern,
  SchemaTooCostly,
  withSchemaBudget,
} from "./meter.ts";
import { escapeKey, IS_MISSING, type Violation } from "./violation.ts";

/**
 * What is wrong with a value, nothing when it fits; a check stops at the first violation, of which
 * branches may have several. Throws SchemaTooCostly when `steps` do not suffice.
 */
export type SchemaCheck = (value: Json, steps: number) => Violation[];

type Draft = "2020-12" | "2019-09" | "draft-07";

/** Violations that one answer has. */
const MOST_VIOLATIONS = 20;

export class Schemas {
  readonly #load: Promise<typeof AjvClass>;
  #libraries:
    | { Ajv: typeof AjvClass; formats: (ajv: AjvClass) => unknown; re2: Compile }
    | undefined;
  /** Knows only the draft itself, and checks schemas against it. */
  #meta: AjvClass | undefined;

  constructor(draft: Draft) {
    this.#load = libraryOf(draft);
  }

  /** Loads what compiling needs; to be called, and awaited, once before. */
  async load(): Promise<void> {
    const [Ajv, formats, { RE2JS }] = await Promise.all([
      this.#load,
      import("ajv-formats"),
      import("re2js"),
    ]);
    const re2 = (text: string) => RE2JS.compile(RE2JS.translateRegExp(text));
    this.#libraries = { Ajv, formats: formats.default as never, re2 };
  }

  /**
   * Compiles a schema. Formats are asserted, patterns are RE2, so they run in linear time. Throws
   * VALIDATION_ERROR for what does not compile, references to other documents included: nothing is
   * ever fetched. `details.rule` says why, `details.keys` lead to the place where one is known.
   * With `isSchema` it is known to be one: that is not checked again.
   */
  compile(schema: JsonObject | boolean, options: { isSchema: boolean }): SchemaCheck {
    let charged = schema;
    let validate: ValidateFunction;
    try {
      if (isObject(schema)) {
        refuseForm(schema);
        charged = metered(schema);
        if (!options.isSchema) this.#checkForm(schema);
      }
      validate = withSchemaBudget(ALONE_STEPS, () => this.#create().compile(charged));
    } catch (error) {
      if (error instanceof OpcodeError) throw error;
      throw unusable((error as Error).message);
    }
    return (value, steps) => {
      try {
        if (withSchemaBudget(steps, () => validate(value))) return [];
      } catch (error) {
        // The stack overflows on a schema that only refers to itself, or on a very deep value.
        if (!(error instanceof RangeError)) throw error;
        return [violation("/", "cannot be checked, it nests too deeply")];
      }
      return (validate.errors ?? []).slice(0, MOST_VIOLATIONS).map((error) =>
        violation(placeOf(error), ruleOf(error), explained(error))
      );
    };
  }

  /** Whether the schema is one: of what is wrong with one place the innermost says it best. */
  #checkForm(schema: JsonObject): void {
    const meta = this.#meta ??= new (this.#libraries!.Ajv)(OPTIONS);
    if (meta.validateSchema(schema)) return;
    const innermost = meta.errors!.reduce((best, error) =>
      error.instancePath.length > best.instancePath.length ? error : best
    );
    throw unusable(explained(innermost), innermost.instancePath);
  }

  /** A fresh instance for each schema, so that no schema can name or shadow another. */
  #create(): AjvClass {
    const { Ajv, formats, re2 } = this.#libraries!;
    const regExp = (pattern: string) => meteredPattern(pattern, re2);
    regExp.code = "re2";
    const ajv = new Ajv({
      ...OPTIONS,
      validateSchema: false,
      // Inlined, a large schema with many references to it would become enormous code.
      inlineRefs: false,
      code: { regExp: regExp as never },
    });
    formats(ajv);
    installMeter(ajv);
    ajv.addFormat("regex", (pattern: string) => {
      try {
        return Boolean(regExp(pattern));
      } catch {
        return false;
      }
    });
    return ajv;
  }
}

type Compile = (pattern: string) => { test(text: string): boolean };

const OPTIONS: Options = { strict: false, allErrors: false, logger: false };

/** Which draft a schema is written in; throws VALIDATION_ERROR for one that is not known here. */
export function draftOf(schema: JsonObject | boolean): Draft {
  const named = isObject(schema) ? schema.$schema : undefined;
  if (named === undefined) return "2020-12";
  const text = String(named).replace(/#$/, "");
  if (text === "https://json-schema.org/draft/2020-12/schema") return "2020-12";
  if (text === "https://json-schema.org/draft/2019-09/schema") return "2019-09";
  if (/^https?:\/\/json-schema\.org\/draft-07\/schema$/.test(text)) return "draft-07";
  throw unusable("must name draft 2020-12, 2019-09 or draft-07", "/$schema");
}

async function libraryOf(draft: Draft): Promise<typeof AjvClass> {
  const library = draft === "2020-12"
    ? await import("ajv/dist/2020.js")
    : draft === "2019-09"
    ? await import("ajv/dist/2019.js")
    : await import("ajv");
  return library.default.default as unknown as typeof AjvClass;
}

function refuseForm(schema: JsonObject): void {
  if (isDeeperThan(schema, DEEPEST_SCHEMA)) {
    throw unusable(`must not be nested deeper than ${DEEPEST_SCHEMA} levels`);
  }
  // Ajv's own keyword, with which a check answers promises.
  if (schema.$async !== undefined) throw unusable("$async is not supported");
}

function unusable(rule: string, pointer = ""): OpcodeError {
  const keys = pointer.split("/").slice(1).map((key) =>
    key.replaceAll("~1", "/").replaceAll("~0", "~")
  );
  return new OpcodeError("VALIDATION_ERROR", rule, {
    details: { rule, ...(keys.length > 0 && { keys }) },
  });
}

function violation(at: string, rule: string, more = rule): Violation {
  return { at, rule, explained: more };
}

/** A check that could not be brought to its end, as what is wrong with the value. */
export function unchecked(error: SchemaTooCostly | OpcodeError): Violation {
  return violation("/", error.message);
}

/** What is missing is named as a place of its own. */
function placeOf({ keyword, instancePath, params }: ErrorObject): string {
  if (keyword !== "required") return instancePath || "/";
  return `${instancePath}/${escapeKey(String(params.missingProperty))}`;
}

function ruleOf({ keyword, message }: ErrorObject): string {
  return keyword === "required" ? IS_MISSING : message ?? keyword;
}

function explained(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  const message = error.message ?? "is not valid";
  if (error.keyword === "required") return IS_MISSING;
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
