// What is asked of many runs at once, and what came of it.

import type { ErrorCode } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { LISTS } from "./query.ts";
import { AGENT_ID, type Contract, TEXT } from "./terms.ts";

export const BULK_ACTIONS = ["cancel", "retry"] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** Runs that one request may be about. */
export const MOST_BULK = 10_000;
/** Runs that one request may name. */
export const MOST_NAMED = 1_000;

export interface BulkRequest {
  /** As of a list of workflows: what they have in common. Either this or `workflow_ids`. */
  filter?: JsonObject;
  /** The runs themselves. */
  workflow_ids?: string[];
  /** How many there are, as the answer without it says: only then anything is done. */
  confirm?: number;
  /** Which they are, as that answer says: not only as many. */
  digest?: string;
  /** Why; kept in the log of each. */
  reason?: string;
  agent_id?: string;
}

/** Without `done` nothing was: the count is to be confirmed. */
export interface BulkReply {
  action: BulkAction;
  /** Runs that it is about. */
  count: number;
  /** Stands for these runs and no others, until that is confirmed. */
  digest?: string;
  /** Some of them, the newest; of those that were named the first. */
  sample?: JsonObject[];
  /** Of those that were named: what it is not about, and why. */
  left_out?: { workflow_id: string; why: string }[];
  /** Those that were signalled. */
  done?: number;
  refused_count?: number;
  /** At most 100. */
  refused?: { workflow_id: string; code: ErrorCode; message: string }[];
  /** Of those that are tried again: steps that have failed too, and are not; at most 100 runs. */
  still_failed?: { workflow_id: string; steps: string[] }[];
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
    workflow_ids: {
      type: "array",
      items: TEXT,
      minItems: 1,
      maxItems: MOST_NAMED,
      description: "The runs themselves, in place of a filter.",
    },
    confirm: {
      type: "integer",
      minimum: 1,
      maximum: MOST_BULK,
      description: "The count that the answer without it has.",
    },
    digest: {
      ...TEXT,
      description: "The digest of that answer: only the very runs that were counted.",
    },
    reason: { ...TEXT, description: "Why; kept in the log of each." },
    agent_id: AGENT_ID,
  },
  required: [],
};
