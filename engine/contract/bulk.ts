// What is asked of many runs at once.

import type { JsonObject } from "../../core/json.ts";
import { LISTS } from "./query.ts";
import { AGENT_ID, type Contract, TEXT } from "./terms.ts";

export const BULK_ACTIONS = ["cancel", "retry"] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** Runs that one request may be about. */
export const MOST_BULK = 10_000;

export interface BulkRequest {
  /** As of a list of workflows: what they have in common. */
  filter: JsonObject;
  /** How many there are, as the answer without it says: only then anything is done. */
  confirm?: number;
  /** Why; kept in the log of each. */
  reason?: string;
  agent_id?: string;
}

/** Of pages, and of lists that are not by number. */
const NOT_OF_BULK = ["limit", "cursor", "total"];

const FILTERS = Object.fromEntries(
  Object.entries(LISTS.workflows.filters).filter(([name]) => !NOT_OF_BULK.includes(name)),
);

export const BULK: Contract<BulkRequest> = {
  properties: {
    filter: {
      type: "object",
      properties: FILTERS,
      additionalProperties: false,
      minProperties: 1,
      description: "As of a list of runs; at least one of them.",
    },
    confirm: {
      type: "integer",
      minimum: 1,
      maximum: MOST_BULK,
      description: "The count that the answer without it has.",
    },
    reason: { ...TEXT, description: "Why; kept in the log of each." },
    agent_id: AGENT_ID,
  },
  required: ["filter"],
};
