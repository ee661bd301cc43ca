// Which pieces of JSON Schema the tools share, beside those of the contracts.

import type { JsonObject } from "../../../core/json.ts";
import { type AnyContract, OBJECT, TEXT } from "../../../engine/contract/terms.ts";
import { RUN_STATUSES } from "../../../core/status.ts";
import type { ArgumentSchema } from "./tool.ts";

/** Asks for an answer that is not cut to fit a context window. */
export const DETAIL: JsonObject = { type: "string", enum: ["brief", "full"] };

/**
 * The arguments of a tool: what the contract of its verb says, and what only tools take. `required`:
 * what is asked of agents beside what the contract does.
 */
export function argumentsOf(
  { properties, required }: AnyContract,
  more: { properties?: Record<string, JsonObject>; required?: readonly string[] } = {},
): ArgumentSchema {
  return {
    type: "object",
    properties: { ...properties, ...more.properties },
    required: [...required, ...more.required ?? []],
  };
}

export const FLAG: JsonObject = { type: "boolean" };
export const OBJECTS: JsonObject = { type: "array", items: OBJECT };
export const TEXTS: JsonObject = { type: "array", items: TEXT };

const ERROR: JsonObject = {
  type: "object",
  properties: { code: TEXT, message: TEXT },
  required: ["code", "message"],
};

/** What a reply says of a run, whichever tool asks. */
export const RUN_PROPERTIES: JsonObject = {
  workflow_id: TEXT,
  status: { enum: [...RUN_STATUSES] },
  output: {},
  output_size: { type: "integer", description: "Bytes, where output is too large to be shown." },
  steps: {
    type: "object",
    additionalProperties: { type: "object", properties: { status: TEXT }, required: ["status"] },
  },
  left_undone: TEXTS,
  interrupted: TEXTS,
  programs: OBJECTS,
  timed_out: FLAG,
  poisoned: OBJECT,
  removed_at: TEXT,
  pending_decisions: OBJECTS,
  waiting_signals: OBJECTS,
  truncated: FLAG,
};

/** An output schema: these properties when all went well, or `{error}`. */
export function outputSchema(properties: JsonObject, required: string[]): JsonObject {
  return {
    type: "object",
    properties: { ...properties, error: ERROR },
    anyOf: [{ required }, { required: ["error"] }],
  };
}
