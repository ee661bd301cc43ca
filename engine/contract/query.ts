// What `query` takes: which lists there are, by what each is filtered, how long a page is.

import type { JsonObject } from "../../core/json.ts";
import { SCHEDULE_STATUSES } from "../../core/schedule-terms.ts";
import { DECISION_STATUSES, RUN_STATUSES } from "../../core/status.ts";
import { EVENT_TYPES } from "../journal/event-types.ts";
import { type Contract, OBJECT, TEXT } from "./terms.ts";

export const QUERY_RESOURCES = [
  "workflows",
  "events",
  "templates",
  "decisions",
  "schedules",
  "actions",
] as const;

export type QueryResource = (typeof QUERY_RESOURCES)[number];

export interface QueryCall {
  resource: QueryResource;
  /** Checked by the engine: an unknown key or a wrong value is a VALIDATION_ERROR naming it. */
  filter?: JsonObject;
}

export interface QueryRequest extends QueryCall {
  /** Workflows without params and output, templates without definition and schemas. */
  brief?: boolean;
}

export const QUERY: Contract<QueryCall> = {
  properties: {
    resource: { type: "string", enum: [...QUERY_RESOURCES] },
    filter: OBJECT,
  },
  required: ["resource"],
};

/** What workflows are listed by: their states, and the one that is a state of their steps. */
export const LISTED_STATUSES = [...RUN_STATUSES, "interrupted"] as const;

/** Rows in a page at most. */
export const MOST_ROWS = 1_000;

/** RFC 3339. */
const SINCE: JsonObject = { type: "string", format: "date-time" };
export const CURSOR: JsonObject = {
  type: "string",
  description: "The next_cursor of the page before.",
};

export interface ListContract {
  /** The schema of each criterion by name. URLs and weak clients give all of them as text. */
  filters: Readonly<Record<string, JsonObject>>;
}

function list(rows: number, filters: Record<string, JsonObject>): ListContract {
  const limit = { type: "integer", minimum: 1, maximum: MOST_ROWS, default: rows };
  return { filters: { ...filters, limit, cursor: CURSOR } };
}

export const LISTS: Readonly<Record<QueryResource, ListContract>> = {
  workflows: list(50, {
    id: { type: "string", maxLength: 36, description: "An id, or the beginning of one." },
    status: { type: "string", enum: [...LISTED_STATUSES] },
    agent_id: TEXT,
    template_name: TEXT,
    since: SINCE,
  }),
  events: list(100, {
    workflow_id: TEXT,
    step_id: TEXT,
    event_type: { type: "string", enum: [...EVENT_TYPES] },
    since: SINCE,
    after_id: { description: "Only what follows the event of this id, the oldest first." },
  }),
  templates: list(50, {
    name: TEXT,
    version: TEXT,
    against: { type: "string", description: "A version: answers the diff." },
    agent_id: TEXT,
    latest: { type: "boolean", default: false },
  }),
  decisions: list(50, {
    decision_id: TEXT,
    status: { type: "string", enum: [...DECISION_STATUSES] },
    workflow_id: TEXT,
    agent_id: TEXT,
    target_agent_id: TEXT,
  }),
  schedules: list(50, {
    id: TEXT,
    name: TEXT,
    template_name: TEXT,
    agent_id: TEXT,
    status: { type: "string", enum: [...SCHEDULE_STATUSES] },
  }),
  actions: list(100, { name: TEXT }),
};

/** Rows in a page of the list for who does not say. */
export function pageOf(resource: QueryResource): number {
  return LISTS[resource].filters.limit!.default as number;
}

/** Every criterion there is. */
export const FILTER_NAMES: readonly string[] = [
  ...new Set(Object.values(LISTS).flatMap(({ filters }) => Object.keys(filters))),
];
