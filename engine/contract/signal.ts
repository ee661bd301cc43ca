// What `signal` takes.

import type { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Via } from "../../core/via.ts";
import { AGENT_ID, type Contract, identifier, NAME, stepId, TEXT, WAIT_MS } from "./terms.ts";

export const SIGNAL_TYPES = ["decision", "data", "cancel", "retry", "skip"] as const;

export type SignalType = (typeof SIGNAL_TYPES)[number];

/** As callers ask. */
export interface SignalCall {
  workflow_id: string;
  signal_type: SignalType;
  payload?: JsonObject;
  step_id?: string;
  /** Of a decision: the question that it answers; that or `step_id` is required. */
  decision_id?: string;
  /** Required for a decision. */
  agent_id?: string;
  reasoning?: string;
  wait_ms?: number;
}

export interface SignalRequest extends SignalCall {
  /** Of a decision: why the sender may not take one that does not ask for it by name. Not from outside. */
  unlessAsked?: OpcodeError;
  /** Of a decision: by which way it comes, as its surface knows. Not from outside. */
  via?: Via;
}

export const SIGNAL: Contract<SignalCall> = {
  properties: {
    workflow_id: NAME,
    signal_type: { type: "string", enum: [...SIGNAL_TYPES] },
    payload: { type: "object", description: "{} for retry, skip, cancel." },
    step_id: stepId("Full id. Required for retry (unless poisoned) and skip."),
    decision_id: identifier("For decision; or step_id."),
    agent_id: { ...AGENT_ID, description: "Required for decision." },
    reasoning: TEXT,
    wait_ms: WAIT_MS,
  },
  required: ["workflow_id", "signal_type"],
};
