// What opcode.query tells an agent and asks of the engine.

import { OpcodeError } from "../../../core/errors.ts";
import type { Opcode, QueryReply, QueryRequest, QueryResource } from "../../../engine/api.ts";
import {
  FILTER_NAMES,
  LISTS,
  MOST_ROWS,
  QUERY,
  QUERY_RESOURCES,
} from "../../../engine/contract/query.ts";
import { TEXT } from "../../../engine/contract/terms.ts";
import { withUrls } from "../webhook-urls.ts";
import { digestRows } from "../digest/rows.ts";
import { sizeOf } from "../digest/values.ts";
import { argumentsOf, DETAIL, OBJECTS, outputSchema } from "./shapes.ts";
import { READ_ONLY, type Tool } from "./tool.ts";

/** Criteria that are told in another place, or are of no use to agents. */
const UNTOLD: Partial<Record<QueryResource, readonly string[]>> = {
  workflows: [
    "id",
    "search",
    "parent_workflow_id",
    "until",
    "completed_since",
    "completed_until",
    "total",
  ],
  events: ["after_id", "template_name", "agent_id", "until"],
  decisions: ["decision_id", "agent_id", "order", "total"],
  schedules: ["id", "agent_id", "name"],
  templates: ["archived", "search"],
};

/** What is told of criteria beside their names. */
const NOTES: Partial<Record<QueryResource, Readonly<Record<string, string>>>> = {
  workflows: { status: " (or interrupted)" },
  templates: { against: " (a version: answers the diff)", latest: ": true" },
  decisions: { status: " (pending)" },
};

/** The criteria of all lists in one line: those that all have at its end. */
const FILTERS = [
  ...QUERY_RESOURCES.map((resource) => {
    const left = [...UNTOLD[resource] ?? [], "limit", "cursor"];
    const told = Object.keys(LISTS[resource].filters).filter((name) => !left.includes(name))
      .map((name) => `${name}${NOTES[resource]?.[name] ?? ""}`);
    return `${resource}: ${told.join(", ")}.`;
  }),
  `All: limit (1-${MOST_ROWS}), cursor. since: RFC 3339.`,
].join(" ");

/** Rows in a page whose caller does not say: they go into one answer, unless their names are long. */
const PAGES: Partial<Record<QueryResource, number>> = {
  workflows: 20,
  events: 50,
  decisions: 50,
};

/** Bytes of an answer's structure; its text is as long again. */
const MOST = 18_000;
/** Rows that are answered however long they are. */
const FEWEST = 5;

/** A page as the request has it; where that does not say how many rows, as many as there is room for. */
async function page(request: QueryRequest, opcode: Opcode): Promise<QueryReply> {
  const { resource, filter } = request;
  let limit = PAGES[resource];
  if (limit === undefined || filter?.limit !== undefined) return await opcode.query(request);
  for (;; limit >>= 1) {
    const reply = await opcode.query({ ...request, filter: { ...filter, limit } });
    const { rows } = reply;
    if (rows.length <= FEWEST || limit <= FEWEST) return reply;
    if (sizeOf(digestRows({ [resource]: rows })(MOST)) <= MOST) return reply;
  }
}

/** Beside `filter` they would be ignored, and everything answered. */
const IN_FILTER = Object.fromEntries(
  // Who sends its own name means itself as everywhere, not the rows to be listed.
  FILTER_NAMES.filter((name) => name !== "agent_id").map((name) => [name, `filter.${name}`]),
);

/** Why the list is empty, if it is asked for by the name of a template that the caller cannot see. */
async function unknownTemplate(
  { resource, filter = {} }: QueryRequest,
  opcode: Pick<Opcode, "query">,
): Promise<string | undefined> {
  const name = resource === "workflows" ? filter.template_name : filter.name;
  if (resource !== "workflows" && resource !== "templates" || typeof name !== "string") return;
  try {
    await opcode.query({ resource: "templates", filter: { name, version: "latest" } });
  } catch (thrown) {
    if (thrown instanceof OpcodeError && thrown.code === "NOT_FOUND") return thrown.message;
    throw thrown;
  }
}

export const query: Tool = {
  name: "opcode.query",
  description:
    "List rows, newest first (a workflow's events oldest first, templates by name). actions: what " +
    "steps can do; filter.name: its params, output, example. More: " +
    "next_cursor as filter.cursor, same filters.",
  inputSchema: argumentsOf({
    ...QUERY,
    properties: { ...QUERY.properties, filter: { type: "object", description: FILTERS } },
  }, { properties: { detail: DETAIL } }),
  outputSchema: {
    ...outputSchema({
      workflows: OBJECTS,
      events: OBJECTS,
      templates: OBJECTS,
      decisions: OBJECTS,
      schedules: OBJECTS,
      actions: OBJECTS,
      next_cursor: TEXT,
    }, []),
    anyOf: [...QUERY_RESOURCES, "error"].map((key) => ({ required: [key] })),
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
    triggers: "schedules",
    tools: "actions",
  },
  annotations: READ_ONLY,
  digest: {
    // Most of it is names and times, which programs and people leaf through alike.
    most: MOST,
    asksForAll: ({ detail }) => detail === "full",
    of: digestRows,
  },
  async call({ detail: _, ...args }, { opcode, baseUrl }) {
    const request = args as unknown as QueryRequest;
    const { rows, ...more } = await page(request, opcode);
    const hint = rows.length > 0 ? undefined : await unknownTemplate(request, opcode);
    return {
      [request.resource]: rows.map((row) => withUrls(row, baseUrl)),
      ...(hint !== undefined && { hint }),
      ...more,
    };
  },
};
