// What opcode.query tells an agent and asks of the engine.

import type { QueryRequest, QueryResource } from "../../../engine/api.ts";
import { FILTER_NAMES } from "../../../engine/verbs/query.ts";
import { digestRows } from "../digest/rows.ts";
import { DETAIL, OBJECTS, outputSchema, TEXT } from "./shapes.ts";
import { READ_ONLY, type Tool } from "./tool.ts";

const RESOURCES = [
  "workflows",
  "events",
  "templates",
  "decisions",
  "actions",
] satisfies QueryResource[];

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
  description:
    "List rows, newest first (a workflow's events oldest first, templates by name). actions: what " +
    "steps can do; with filter.name an action's params, output, example. For more rows send " +
    "next_cursor as filter.cursor beside the same filters.",
  inputSchema: {
    type: "object",
    properties: {
      resource: { type: "string", enum: [...RESOURCES] },
      filter: {
        type: "object",
        description: "workflows: status (or interrupted), template_name, agent_id, since. " +
          "events (workflow_id or event_type required): step_id, since. " +
          "templates: name, version, against (a version: answers the diff), agent_id, latest: true. " +
          "decisions: status (pending), target_agent_id, agent_id, workflow_id. " +
          "actions: name. All: limit (1-1000), cursor. since: RFC 3339.",
      },
      detail: DETAIL,
    },
    required: ["resource"],
  },
  outputSchema: {
    ...outputSchema({
      workflows: OBJECTS,
      events: OBJECTS,
      templates: OBJECTS,
      decisions: OBJECTS,
      actions: OBJECTS,
      next_cursor: TEXT,
    }, []),
    anyOf: [...RESOURCES, "error"].map((key) => ({ required: [key] })),
  },
  meant: { type: "resource", ...IN_FILTER },
  meantValues: {
    runs: "workflows",
    executions: "workflows",
    steps: "events",
    logs: "events",
    definitions: "templates",
    versions: "templates",
    approvals: "decisions",
    questions: "decisions",
    tools: "actions",
  },
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
