// What `opcode.query` lists: workflows, events and templates, filtered and paged.

import { rfc3339 } from "../core/clock.ts";
import { OpcodeError } from "../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { nearest } from "../core/nearest.ts";
import { RUN_STATUSES, type RunStatus } from "../core/status.ts";
import type { QueryReply, QueryRequest, QueryResource } from "./api.ts";
import type { Engine } from "./engine.ts";
import { invalid } from "./identifiers.ts";
import { EVENT_TYPES, isEventType } from "./journal/event-types.ts";
import { eventReport } from "./run-status.ts";
import type { RunSummary, TemplateRow } from "./store/store.ts";
import { formatVersion, parseVersion } from "./version.ts";

const MOST_ROWS = 1_000;

const FILTERS: Record<QueryResource, readonly string[]> = {
  workflows: ["status", "agent_id", "template_name", "since", "limit", "cursor"],
  events: ["workflow_id", "step_id", "event_type", "since", "after_id", "limit", "cursor"],
  templates: ["name", "version", "agent_id", "latest", "limit", "cursor"],
};

/** VALIDATION_ERROR for an unknown resource, an unknown filter, or a value of the wrong kind. */
export async function queryRows(engine: Engine, request: QueryRequest): Promise<QueryReply> {
  const { resource } = request;
  if (!Object.hasOwn(FILTERS, resource)) {
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `resource: unknown resource type "${resource}", must be one of workflows, events, templates`,
      { details: { field: "resource" } },
    );
  }
  const filter = new Filter(resource, request.filter ?? {});
  if (resource === "workflows") return queryRuns(engine, filter);
  if (resource === "events") return queryEvents(engine, filter);
  return queryTemplates(engine, filter);
}

async function queryRuns(engine: Engine, filter: Filter): Promise<QueryReply> {
  const status = filter.oneOf("status", RUN_STATUSES) as RunStatus | undefined;
  const page = await engine.env.store.listRuns({
    ...(status && { status }),
    ...filter.texts({ agent_id: "agentId", template_name: "templateName", cursor: "cursor" }),
    ...filter.since(),
    limit: filter.limit(50),
  });
  return reply(page.rows.map(runSummary), page.next);
}

async function queryEvents(engine: Engine, filter: Filter): Promise<QueryReply> {
  const type = filter.oneOf("event_type", EVENT_TYPES);
  const workflowId = filter.text("workflow_id");
  const afterId = filter.eventId("after_id");
  if (type === undefined && workflowId === undefined && afterId === undefined) {
    throw new OpcodeError(
      "VALIDATION_ERROR",
      "filter: one of event_type or workflow_id is required for events",
      { details: { field: "filter" } },
    );
  }
  const page = await engine.env.store.listEvents({
    ...(type !== undefined && isEventType(type) && { type }),
    ...filter.texts({ workflow_id: "runId", step_id: "stepId", cursor: "cursor" }),
    ...filter.since(),
    ...(afterId !== undefined && { afterId }),
    // One workflow reads as a story, and so does what follows an event; a type over all as news.
    order: workflowId !== undefined || afterId !== undefined ? "oldest" : "newest",
    limit: filter.limit(100),
  });
  return reply(page.rows.map((event) => eventReport(event) as unknown as JsonObject), page.next);
}

async function queryTemplates(engine: Engine, filter: Filter): Promise<QueryReply> {
  const version = filter.text("version");
  if (version !== undefined) {
    const name = filter.text("name");
    if (name === undefined) throw invalid("filter.version", "needs filter.name beside it");
    const row = await engine.env.store.template(name, parseVersion(version));
    return reply(row ? [templateReport(row)] : [], null);
  }
  const page = await engine.env.store.listTemplates({
    ...filter.texts({ name: "name", agent_id: "agentId", cursor: "cursor" }),
    latest: filter.flag("latest"),
    limit: filter.limit(50),
  });
  return reply(page.rows.map(templateReport), page.next);
}

function reply(rows: JsonObject[], next: string | null): QueryReply {
  return { rows, ...(next !== null && { next_cursor: next }) };
}

/** A run in a list: no definition, no steps. */
export function runSummary({ run, parentId, output }: RunSummary): JsonObject {
  return {
    id: run.id,
    name: run.templateName,
    template_name: run.templateName,
    template_version: formatVersion(run.templateVersion),
    status: run.status,
    agent_id: run.agentId,
    ...(parentId !== null && { parent_workflow_id: parentId }),
    input_params: JSON.parse(run.params) as Json,
    ...(output !== null && { output: JSON.parse(output) as Json }),
    ...(run.error !== null && { error: JSON.parse(run.error) as Json }),
    created_at: rfc3339(run.createdAt),
    ...(run.startedAt !== null && { started_at: rfc3339(run.startedAt) }),
    ...(run.completedAt !== null && { completed_at: rfc3339(run.completedAt) }),
    updated_at: rfc3339(run.updatedAt),
  };
}

/** A template version with everything it was defined with. */
export function templateReport(row: TemplateRow): JsonObject {
  const optional = (key: string, text: string | null) =>
    text === null ? {} : { [key]: JSON.parse(text) as Json };
  return {
    name: row.name,
    version: formatVersion(row.version),
    ...(row.description !== null && { description: row.description }),
    definition: JSON.parse(row.definition) as Json,
    ...optional("input_schema", row.inputSchema),
    ...optional("output_schema", row.outputSchema),
    ...optional("triggers", row.triggers),
    agent_id: row.agentId,
    created_at: rfc3339(row.createdAt),
  };
}

/** A filter object whose members are taken out one by one, each checked. */
class Filter {
  readonly #values: JsonObject;

  constructor(resource: QueryResource, values: Json) {
    if (!isObject(values)) throw invalid("filter", "must be an object");
    for (const key of Object.keys(values)) {
      if (FILTERS[resource].includes(key)) continue;
      const near = nearest(key, FILTERS[resource]);
      throw invalid(
        `filter.${key}`,
        `is not a filter of ${resource}${near ? `, did you mean "${near}"?` : ""}; ` +
          `known are ${FILTERS[resource].join(", ")}`,
      );
    }
    this.#values = values;
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string" || value === "") {
      throw invalid(`filter.${key}`, "must be a non-empty string");
    }
    return value;
  }

  /** The named members under the store's names. */
  texts(names: Record<string, string>): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [key, name] of Object.entries(names)) {
      const value = this.text(key);
      if (value !== undefined) found[name] = value;
    }
    return found;
  }

  /** False when absent; URLs and weak clients give it as text. */
  flag(key: string): boolean {
    const value = this.#values[key];
    if (value === undefined || value === null) return false;
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    throw invalid(`filter.${key}`, "must be true or false");
  }

  oneOf(key: string, allowed: readonly string[]): string | undefined {
    const value = this.text(key);
    if (value === undefined || allowed.includes(value)) return value;
    const near = nearest(value, allowed);
    throw invalid(
      `filter.${key}`,
      near
        ? `unknown value "${value}", did you mean "${near}"?`
        : `must be one of ${allowed.join(", ")}`,
    );
  }

  since(): { since?: number } {
    const text = this.text("since");
    if (text === undefined) return {};
    const since = Date.parse(text);
    if (Number.isNaN(since) || !/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/i.test(text)) {
      throw invalid("filter.since", "must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
    }
    return { since };
  }

  eventId(key: string): number | undefined {
    const value = this.#values[key];
    if (value === undefined || value === null) return undefined;
    const id = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
    if (typeof id === "number" && Number.isSafeInteger(id) && id >= 0) return id;
    throw invalid(`filter.${key}`, "must be an event id");
  }

  /** 1–1,000; ≤ 0 means the default. */
  limit(byDefault: number): number {
    const value = this.#values.limit;
    if (value === undefined || value === null) return byDefault;
    const limit = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof limit !== "number" || !Number.isFinite(limit)) {
      throw invalid("filter.limit", `must be a number from 1 to ${MOST_ROWS}`);
    }
    return limit < 1 ? byDefault : Math.min(Math.trunc(limit), MOST_ROWS);
  }
}
