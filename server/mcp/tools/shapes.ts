// Which pieces of JSON Schema the tools share.

import type { JsonObject } from "../../../core/json.ts";
import { LONGEST_IDENTIFIER, LONGEST_STEP_ID } from "../../../engine/identifiers.ts";
import { RUN_STATUSES } from "../../../core/status.ts";

/** An identifier whose name says all. */
export const NAME: JsonObject = { type: "string", minLength: 1, maxLength: LONGEST_IDENTIFIER };

/** An identifier argument, as long as the engine takes it. */
export function identifier(description: string): JsonObject {
  return { ...NAME, description };
}

/** The full id of a step, which any printable text may be part of. */
export function stepId(description: string): JsonObject {
  return { type: "string", minLength: 1, maxLength: LONGEST_STEP_ID, description };
}

export const AGENT_ID: JsonObject = identifier("Your stable name.");

export const VERSION: JsonObject = {
  type: "string",
  maxLength: 20,
  description: "e.g. v2. Default: latest.",
};

/** How long a call waits for a run by default: below the 60 s after which clients give up. */
export const DEFAULT_WAIT_MS = 50_000;

export const WAIT_MS: JsonObject = {
  type: "integer",
  minimum: 0,
  maximum: 600_000,
  default: DEFAULT_WAIT_MS,
};

/** Asks for an answer that is not cut to fit a context window. */
export const DETAIL: JsonObject = {
  type: "string",
  enum: ["brief", "full"],
};

export const TEXT: JsonObject = { type: "string" };
export const FLAG: JsonObject = { type: "boolean" };
export const OBJECT: JsonObject = { type: "object" };
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
  interrupted: TEXTS,
  programs: OBJECTS,
  timed_out: FLAG,
  poisoned: OBJECT,
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
