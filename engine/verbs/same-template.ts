// Whether what is to be defined is what the template's latest version already holds.

import { deepEqual } from "../../core/equal.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json } from "../../core/json.ts";
import type { DefineRequest } from "../api.ts";
import type { TemplateRow } from "../store/store.ts";

/** True when every field is the same JSON value; the order of keys does not count, nor who asks. */
export function isUnchanged(request: DefineRequest, latest: TemplateRow | null): boolean {
  return latest !== null && (request.description ?? null) === latest.description &&
    isSame(request.input_schema, latest.inputSchema) &&
    isSame(request.output_schema, latest.outputSchema) &&
    isSame(request.triggers, latest.triggers) && isSame(request.definition, latest.definition);
}

/**
 * Texts are compared before values: parsing megabytes is dear, and the same value has the same
 * length in whatever order its keys are written.
 */
function isSame(value: Json | undefined, stored: string | null): boolean {
  if (value === undefined || stored === null) return value === undefined && stored === null;
  const text = JSON.stringify(value);
  if (text === stored) return true;
  return text.length === stored.length && deepEqual(value, parseJson(stored));
}
