// Whether a run is given a param that nothing of its template can mean.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";

/** Names that a refusal lists. */
const MOST_NAMED = 20;
/** With one of these a schema says more of its properties than their list. */
const ELSEWHERE = ["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "dependentSchemas"];
/** `inputs` as a whole, or with a key that is computed: it may read anything. */
const READS_ALL =
  /\binputs\b(?!\s*(?:\?*\.\s*\??\s*[A-Za-z_]|\[\s*\\?["']|"\s*:|\?\.\[\s*\\?["']))/;

export interface UnknownParam {
  name: string;
  /** `did you mean "x"?`, or what there is. */
  hint: string;
}

/**
 * The first name that is no default input, that the schema does not know and no token or expression
 * reads. None where no input is declared, where the schema allows other names in so many words, and
 * where something reads all inputs.
 */
export function unknownParam(
  names: readonly string[],
  template: { definition: JsonObject; inputSchema: JsonObject | null },
): UnknownParam | undefined {
  const { definition, inputSchema } = template;
  const schema = inputSchema ?? {};
  if (schema.additionalProperties || schema.patternProperties !== undefined) return undefined;
  if (ELSEWHERE.some((keyword) => Object.hasOwn(schema, keyword))) return undefined;
  if (inputSchema !== null && !isObject(schema.properties ?? null)) return undefined;
  const known = [...namesOf(schema.properties), ...namesOf(definition.inputs)];
  // What declares nothing may be given anything.
  if (known.length === 0) return undefined;
  const others = names.filter((name) => !known.includes(name));
  if (others.length === 0) return undefined;
  const { inputs: _, ...rest } = definition;
  const text = JSON.stringify(rest) + JSON.stringify(Object.values(definition.inputs ?? {}));
  if (READS_ALL.test(text)) return undefined;
  const name = others.find((name) => !isRead(name, text));
  if (name === undefined) return undefined;
  const all = [...new Set(known)];
  const meant = nearest(name, all);
  const shown = all.slice(0, MOST_NAMED).join(", ") + (all.length > MOST_NAMED ? ", …" : "");
  const hint = meant === undefined
    ? `it takes ${all.length === 0 ? "none" : shown}`
    : `did you mean "${meant}"?`;
  return { name, hint };
}

/** Whether what reads inputs names it, by a dot or in brackets. */
function isRead(name: string, text: string): boolean {
  const quoted = JSON.stringify(name).slice(1, -1);
  return text.includes(`inputs.${name}`) || text.includes(`inputs?.${name}`) ||
    text.includes(`"${quoted}\\"]`) || text.includes(`'${quoted}']`);
}

function namesOf(value: Json | undefined): string[] {
  return isObject(value ?? null) ? Object.keys(value as JsonObject) : [];
}
