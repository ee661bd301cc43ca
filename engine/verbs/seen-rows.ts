// Which rows of a list an agent with an identity is shown: those of the templates that it sees, and the
// questions that ask it by name.

import type { JsonObject } from "../../core/json.ts";
import type { Rights } from "../access.ts";
import type { Opcode, QueryReply, QueryRequest, QueryResource } from "../api.ts";
import type { Engine } from "./shared.ts";

/** Pages looked through for one that shows something; then the answer is empty and goes on. */
const MOST_PAGES = 20;
/** Runs whose template is remembered: it never changes. */
const MOST_RUNS = 10_000;

const templatesOfRuns = new WeakMap<Engine, Map<string, string>>();

/**
 * The list without the rows that the agent does not see. A page may be shorter than its limit and
 * still have a cursor, or be empty after many that show nothing.
 */
export async function seenRows(
  engine: Engine,
  opcode: Opcode,
  { request, rights }: { request: QueryRequest; rights: Rights },
): Promise<QueryReply> {
  let { filter } = request;
  for (let pages = 1;; pages++) {
    const page = await opcode.query({ ...request, ...(filter && { filter }) });
    const rows: JsonObject[] = [];
    for (const row of page.rows) {
      if (await isSeen(engine, row, { resource: request.resource, rights })) rows.push(row);
    }
    const { next_cursor } = page;
    if (rows.length > 0 || next_cursor === undefined || pages >= MOST_PAGES) {
      return { rows, ...(next_cursor !== undefined && { next_cursor }) };
    }
    filter = { ...filter, cursor: next_cursor };
  }
}

async function isSeen(
  engine: Engine,
  row: JsonObject,
  { resource, rights }: { resource: QueryResource; rights: Rights },
): Promise<boolean> {
  if (resource === "decisions" && row.target_agent_id === rights.agent) return true;
  const template = await templateOf(engine, resource, row);
  return template !== undefined && rights.sees(template);
}

/** The template that a row is about. */
async function templateOf(
  engine: Engine,
  resource: QueryResource,
  row: JsonObject,
): Promise<string | undefined> {
  if (resource === "templates") return row.name as string;
  if (resource === "workflows" || resource === "schedules") return row.template_name as string;
  const id = row.workflow_id as string;
  let known = templatesOfRuns.get(engine);
  if (!known) templatesOfRuns.set(engine, known = new Map());
  let name = known.get(id);
  if (name === undefined) {
    name = (await engine.env.store.runHead(id))?.templateName;
    if (name === undefined) return undefined;
    if (known.size >= MOST_RUNS) known.clear();
    known.set(id, name);
  }
  return name;
}
