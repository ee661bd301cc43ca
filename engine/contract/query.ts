// What `query` takes: which lists there are, by what each is filtered, how long a page is.

import type { JsonObject } from "../../core/json.ts";
import { SCHEDULE_STATUSES } from "../../core/schedule-terms.ts";
import { DECISION_STATUSES, RUN_STATUSES } from "../../core/status.ts";
import { WRITTEN_TYPES } from "../journal/event-types.ts";
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

export const DECISION_ORDERS = ["newest", "deadline"] as const;

/** Rows in a page at most. */
export const MOST_ROWS = 1_000;

/** RFC 3339. */
const TIME: JsonObject = { type: "string", format: "date-time" };
/** Several are written with commas between them where a text is all there is. */
const several = (names: readonly string[]): JsonObject => ({
  type: "array",
  items: { type: "string", enum: [...names] },
  minItems: 1,
});
const TOTAL: JsonObject = {
  type: "boolean",
  default: false,
  description: "Answers total, too: how many there are.",
};
/** Templates that a search may fit. */
export const MOST_SEARCHED = 20;
/** Characters from which on a search may be the beginning of an id. */
export const LEAST_ID = 8;
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
    status: several(LISTED_STATUSES),
    agent_id: TEXT,
    template_name: TEXT,
    parent_workflow_id: TEXT,
    search: {
      type: "string",
      description: "The beginning of a template's name or of an id, or an id's end.",
    },
    since: TIME,
    until: TIME,
    completed_since: { ...TIME, description: "The last completed first." },
    completed_until: TIME,
    total: TOTAL,
  }),
  events: list(100, {
    workflow_id: TEXT,
    step_id: TEXT,
    event_type: several(WRITTEN_TYPES),
    template_name: TEXT,
    agent_id: { type: "string", description: "Whose runs they are of." },
    since: TIME,
    until: TIME,
    after_id: { description: "Only what follows the event of this id, the oldest first." },
  }),
  templates: list(50, {
    name: TEXT,
    search: { type: "string", description: "The beginning of a name." },
    version: TEXT,
    against: { type: "string", description: "A version: answers the diff." },
    agent_id: TEXT,
    latest: { type: "boolean", default: false },
    archived: {
      type: "boolean",
      description: "true: only those that are archived; else, unless one is named, only others.",
    },
  }),
  decisions: list(50, {
    decision_id: TEXT,
    status: { type: "string", enum: [...DECISION_STATUSES] },
    workflow_id: TEXT,
    agent_id: TEXT,
    target_agent_id: TEXT,
    order: {
      type: "string",
      enum: [...DECISION_ORDERS],
      default: "newest",
      description: "deadline: those that are pending, the nearest first.",
    },
    total: TOTAL,
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
