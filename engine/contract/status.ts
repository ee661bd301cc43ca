// What `status` takes.

import { type Contract, NAME, stepId } from "./terms.ts";

/** Members of a run's state that can be long. */
export const STATUS_FIELDS = [
  "output",
  "error",
  "steps",
  "pending_decisions",
  "context",
  "events",
] as const;

export interface StatusRequest {
  workflow_id: string;
  step_id?: string;
  fields?: (typeof STATUS_FIELDS)[number][];
}

export const STATUS: Contract<StatusRequest> = {
  properties: {
    workflow_id: NAME,
    step_id: stepId("Only this step (full)."),
    fields: {
      type: "array",
      items: { type: "string", enum: [...STATUS_FIELDS] },
      description: "Only these members (full).",
    },
  },
  required: ["workflow_id"],
};
