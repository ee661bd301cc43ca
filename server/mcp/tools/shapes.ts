// Which pieces of JSON Schema the tools share.

import type { JsonObject } from "../../../core/json.ts";
import { LONGEST_IDENTIFIER, LONGEST_STEP_ID } from "../../../engine/identifiers.ts";
import { DECISION_STATUSES, RUN_STATUSES, STEP_STATUSES } from "../../../core/status.ts";

const IDENTIFIER = { type: "string", minLength: 1, maxLength: LONGEST_IDENTIFIER };

/** An identifier argument, as long as the engine takes it. */
export function identifier(description: string): JsonObject {
  return { ...IDENTIFIER, description };
}

/** The full id of a step, which any printable text may be part of. */
export function stepId(description: string): JsonObject {
  return { type: "string", minLength: 1, maxLength: LONGEST_STEP_ID, description };
}

export const AGENT_ID: JsonObject = identifier(
  "Your stable, unique name, e.g. deploy-bot. Unknown agents are registered.",
);

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
  description: "How long to wait for an end or a pause. 0: answer once the request is stored.",
};

/** Asks for an answer that is not cut to fit a context window. */
export const DETAIL: JsonObject = {
  type: "string",
  enum: ["brief", "full"],
  description: "full: not cut to fit 40 KB.",
};

export const ERROR: JsonObject = {
  type: "object",
  properties: {
    code: { type: "string" },
    message: { type: "string" },
    details: { type: "object" },
    step_id: { type: "string" },
  },
  required: ["code", "message"],
};

const TIME = { type: "string", format: "date-time" };
const TEXT = { type: "string" };
const FLAG = { type: "boolean" };

/** A step as run, signal and status report it. */
export const STEPS: JsonObject = {
  type: "object",
  additionalProperties: {
    type: "object",
    properties: {
      step_id: TEXT,
      status: { enum: [...STEP_STATUSES] },
      output: {},
      output_size: { type: "integer" },
      error: ERROR,
      duration_ms: { type: "number" },
      child_workflow_id: TEXT,
      due_at: TIME,
    },
    required: ["step_id", "status"],
  },
};

/** What a reply says of a run, whichever tool asks. */
export const RUN_PROPERTIES: JsonObject = {
  workflow_id: TEXT,
  status: { enum: [...RUN_STATUSES] },
  output: {},
  output_size: { type: "integer", description: "Bytes of an output too large to be shown." },
  error: ERROR,
  started_at: TIME,
  completed_at: TIME,
  steps: STEPS,
  interrupted: { type: "array", items: TEXT },
  timed_out: FLAG,
  poisoned: {
    type: "object",
    properties: { deaths: { type: "integer" }, reason: TEXT },
    required: ["deaths", "reason"],
  },
  pending_decisions: {
    type: "array",
    items: {
      type: "object",
      properties: {
        decision_id: TEXT,
        step_id: TEXT,
        options: { type: "array", items: TEXT },
        target_agent_id: TEXT,
        timeout_at: TIME,
      },
      required: ["decision_id", "step_id", "options"],
    },
  },
  waiting_signals: {
    type: "array",
    items: {
      type: "object",
      properties: { step_id: TEXT, signal: TEXT },
      required: ["step_id", "signal"],
    },
  },
  truncated: FLAG,
};

/** A decision with its question, as status and query show it. */
export const DECISION: JsonObject = {
  type: "object",
  properties: {
    id: TEXT,
    decision_id: TEXT,
    workflow_id: TEXT,
    step_id: TEXT,
    status: { enum: [...DECISION_STATUSES] },
    agent_id: TEXT,
    target_agent_id: TEXT,
    context: { type: "object" },
    options: {
      type: "array",
      items: {
        type: "object",
        properties: { id: TEXT, description: TEXT },
        required: ["id"],
      },
    },
    timeout_at: TIME,
    fallback: TEXT,
    resolution: { type: "object" },
    resolved_by: TEXT,
    resolved_at: TIME,
    created_at: TIME,
  },
  required: ["id", "workflow_id", "step_id", "status", "context", "options", "created_at"],
};

/** An output schema: these properties when all went well, or `{error}`. */
export function outputSchema(properties: JsonObject, required: string[]): JsonObject {
  return {
    type: "object",
    properties: { ...properties, error: ERROR },
    anyOf: [{ required }, { required: ["error"] }],
  };
}
