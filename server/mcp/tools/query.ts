// What opcode.query tells an agent and asks of the engine.

import type { QueryRequest, QueryResource } from "../../../engine/api.ts";
import { FILTER_NAMES } from "../../../engine/query-rows.ts";
import { digestRows } from "../digest/rows.ts";
import { DETAIL, outputSchema } from "./shapes.ts";
import { READ_ONLY, type Tool } from "./tool.ts";

const RESOURCES = [
  "workflows",
  "events",
  "templates",
  "decisions",
  "actions",
] satisfies QueryResource[];

const ROWS = { type: "array", items: { type: "object" } };

/** Workflows in a page whose caller does not say: they go into one answer, however long their names. */
const WORKFLOWS_PAGE = 20;

function withLimit(request: QueryRequest): QueryRequest {
  const { resource, filter } = request;
  if (resource !== "workflows" || filter?.limit !== undefined) return request;
  return { ...request, filter: { ...filter, limit: WORKFLOWS_PAGE } };
}

/** Beside `filter` they would be ignored, and everything answered. */
const IN_FILTER = Object.fromEntries(FILTER_NAMES.map((name) => [name, `filter.${name}`]));

export const query: Tool = {
  name: "opcode.query",
  title: "List workflows, events, templates or decisions",
  description: "List stored rows, newest first (events of one workflow: oldest first). " +
    "While next_cursor is there, even with no rows, pass it as filter.cursor for more.",
  inputSchema: {
    type: "object",
    properties: {
      resource: { type: "string", enum: [...RESOURCES] },
      filter: {
        type: "object",
        description: "workflows: status (or interrupted), agent_id, since, limit. " +
          "events (workflow_id or event_type required): workflow_id, step_id, event_type, since, " +
          "limit. templates: name, agent_id, latest, limit. " +
          "decisions: status (pending), target_agent_id, agent_id, workflow_id, limit. " +
          "All: cursor. " +
          "since: RFC 3339. limit: 1-1000, default 50 (events 100, workflows 20).",
      },
      detail: DETAIL,
    },
    required: ["resource"],
  },
  outputSchema: {
    ...outputSchema({
      workflows: ROWS,
      events: ROWS,
      templates: ROWS,
      decisions: ROWS,
      actions: ROWS,
      next_cursor: { type: "string" },
    }, []),
    anyOf: [...RESOURCES, "error"].map((key) => ({ required: [key] })),
  },
  meant: { type: "resource", ...IN_FILTER },
  annotations: READ_ONLY,
  digest: {
    // Most of it is names and times, which programs and people leaf through alike.
    most: 18_000,
    asksForAll: ({ detail }) => detail === "full",
    of: digestRows,
  },
  async call({ detail: _, ...args }, { opcode }) {
    const request = withLimit(args as unknown as QueryRequest);
    const { rows, next_cursor } = await opcode.query(request);
    return { [request.resource]: rows, ...(next_cursor !== undefined && { next_cursor }) };
  },
};
