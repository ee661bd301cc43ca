// Which JSON Schema keywords the workflow schema may use: exactly those that structure.ts checks.

import type { Json } from "../../core/json.ts";

export type TypeName = "object" | "array" | "string" | "integer" | "number" | "boolean" | "null";

/** A JSON Schema 2020-12 fragment, limited to keywords that the structural check understands. */
export interface Rule {
  $ref?: string;
  title?: string;
  description?: string;
  examples?: readonly Json[];
  default?: Json;
  type?: TypeName | readonly TypeName[];
  enum?: readonly string[];
  minLength?: number;
  maxLength?: number;
  /** Only durations have one; the check parses them instead, for a better message. */
  pattern?: string;
  not?: { const: string };
  minimum?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  items?: Rule;
  required?: readonly string[];
  properties?: Readonly<Record<string, Rule>>;
  patternProperties?: { "^x-": Rule };
  additionalProperties?: false | Rule;
  propertyNames?: Rule;
  allOf?: readonly Conditional[];
  anyOf?: readonly { required: readonly string[] }[];
}

/** What holds when a property has one value; without `required` also when it is absent. */
export interface Conditional {
  if: { properties: Readonly<Record<string, { const: string }>>; required?: readonly string[] };
  then: { required?: readonly string[]; properties?: Readonly<Record<string, Rule>> };
}

export interface RootRule extends Rule {
  $schema: string;
  $defs: Readonly<Record<string, Rule>>;
}

/** A text that stands for a name but may hold `${{…}}`. */
export const LONGEST_NAME_TEMPLATE = 4_096;

/** A list of steps. */
export const STEPS: Rule = { $ref: "#/$defs/steps" };

/** An object that refuses unknown keys and keeps `x-…` keys for other tools. */
export const CLOSED: Rule = {
  type: "object",
  patternProperties: { "^x-": {} },
  additionalProperties: false,
};
