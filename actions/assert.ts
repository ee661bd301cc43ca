// What assert.* checks; a failed one throws ASSERTION_FAILED, which is never retried.

import { OpcodeError } from "../core/errors.ts";
import { deepEqual } from "../core/equal.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { startOfJson } from "../core/json-start.ts";
import { cut, plainText } from "../core/text.ts";
import type { Action } from "./action.ts";
import { equalOrReadsAlike } from "./assert/equal.ts";
import { violation } from "./assert/schema.ts";
import { excerpt } from "./excerpt.ts";
import { invalid } from "./params.ts";

const message = { type: "string", description: "What to say instead when the check fails." };

const passed = {
  type: "object",
  properties: { pass: { type: "boolean", const: true } },
  required: ["pass"],
};

/** The error says what was compared: values that are secrets are masked where it is stored. */
function failed(params: JsonObject, fallback: string, details: JsonObject): OpcodeError {
  const excerpts = Object.entries(details).map(([name, value]) => [name, excerpt(value)]);
  return new OpcodeError("ASSERTION_FAILED", (params.message || fallback) as string, {
    details: Object.fromEntries(excerpts),
  });
}

const equals: Action = {
  name: "assert.equals",
  description:
    "Fails unless two values are deeply equal. The order of keys does not count, and a " +
    'text equals the number or boolean that reads like it ("200" and 200).',
  example: { expected: 200, actual: "${{inputs.code}}", message: "not yet deployed" },
  effects: "none",
  input: {
    type: "object",
    properties: {
      expected: { description: "Any value, null included." },
      actual: { description: "Any value, null included." },
      message,
    },
    required: ["expected", "actual"],
  },
  output: passed,
  execute(params) {
    const { expected, actual } = params as { expected: Json; actual: Json };
    if (equalOrReadsAlike(expected, actual)) return { pass: true };
    const error = `the values are not equal: expected ${brief(expected)}, got ${brief(actual)}`;
    throw failed(params, error, { expected, actual });
  },
};

/** Characters of each value that the message shows; the details have more of them. */
const MOST_SHOWN = 100;

function brief(value: Json): string {
  return cut(startOfJson(value, MOST_SHOWN), MOST_SHOWN);
}

const contains: Action = {
  name: "assert.contains",
  description: "Fails unless a text contains another, or an array an equal element.",
  example: { haystack: "${{inputs.names}}", needle: "ann" },
  effects: "none",
  input: {
    type: "object",
    properties: {
      haystack: { description: "A text or an array." },
      needle: { description: "What must occur in it; looked for as it reads in a text." },
      message,
    },
    required: ["haystack", "needle"],
  },
  output: passed,
  execute(params) {
    const { haystack, needle } = params as { haystack: Json; needle: Json };
    if (occurs(haystack, needle)) return { pass: true };
    const what = typeof haystack === "string" ? "the text" : "the array";
    throw failed(params, `${what} does not contain the value`, { haystack, needle });
  },
};

function occurs(haystack: Json, needle: Json): boolean {
  if (Array.isArray(haystack)) return haystack.some((item) => deepEqual(item, needle));
  if (typeof haystack !== "string") throw invalid("params.haystack", "must be a text or an array");
  if (needle === null) throw invalid("params.needle", "must not be null for a text");
  return haystack.includes(plainText(needle));
}

/**
 * Characters of a text times characters of the pattern that searches it: matching is linear in
 * both, at worst 16 ns for each, so about 4 s.
 */
const MOST_WORK = 2 ** 28;

const matches: Action = {
  name: "assert.matches",
  description: "Fails unless a regular expression (RE2 syntax, unanchored) matches a text.",
  example: { value: "${{inputs.version}}", pattern: "^v[0-9]+$" },
  effects: "none",
  input: {
    type: "object",
    properties: {
      value: { type: "string" },
      pattern: { type: "string", examples: ["^v[0-9]+$"] },
      message,
    },
    required: ["value", "pattern"],
  },
  output: {
    type: "object",
    properties: {
      pass: { type: "boolean", const: true },
      matches: { type: "string", description: "The first matched text." },
    },
    required: ["pass", "matches"],
  },
  execute(params, context) {
    const { value, pattern } = params as { value: string; pattern: string };
    if (value.length * pattern.length > MOST_WORK) {
      throw invalid(
        "params.value",
        "is too long to search for this pattern: their lengths multiplied must be at most " +
          MOST_WORK,
      );
    }
    const settle = (matches: Json): Json => {
      if (matches !== null) return { pass: true, matches };
      throw failed(params, "the value does not match the pattern", { value, pattern });
    };
    const refuse = (thrown: unknown): never => {
      if (!(thrown instanceof OpcodeError) || thrown.code !== "VALIDATION_ERROR") throw thrown;
      throw invalid("params.pattern", thrown.message);
    };
    const request = { engine: "pattern", source: pattern, data: value, mode: "value" } as const;
    let found: Json | Promise<Json>;
    try {
      found = context.evaluate(request);
    } catch (thrown) {
      return refuse(thrown);
    }
    return found instanceof Promise ? found.catch(refuse).then(settle) : settle(found);
  },
};

const schema: Action = {
  name: "assert.schema",
  description: "Fails unless a value fits a JSON Schema: draft 2020-12 unless its $schema names " +
    "2019-09 or draft-07; formats are checked, references to other documents are refused.",
  example: { data: "${{inputs.order}}", schema: { type: "object", required: ["id"] } },
  effects: "none",
  input: {
    type: "object",
    properties: {
      data: { description: "Any value." },
      schema: { description: "The schema: an object or a boolean." },
      message,
    },
    required: ["data", "schema"],
  },
  output: passed,
  execute(params, context) {
    const { data, schema } = params as { data: Json; schema: Json };
    if (!isObject(schema) && typeof schema !== "boolean") {
      throw invalid("params.schema", "must be an object or a boolean");
    }
    const settle = (violation: string | undefined): Json => {
      if (violation === undefined) return { pass: true };
      const error = `the value does not fit the schema: ${violation}`;
      throw failed(params, error, { error, violations: [violation] });
    };
    const found = violation(schema, data, context);
    return found instanceof Promise ? found.then(settle) : settle(found);
  },
};

export const assertActions: readonly Action[] = [equals, contains, matches, schema];
