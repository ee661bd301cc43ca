// What `opcode templates` lists: each template with its latest version, or one template's versions.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { cell, printJson, printTable } from "../print.ts";

const PAGE = "1000";

export async function templates(context: CliContext, name?: string): Promise<number> {
  const rows = name === undefined ? await latest(context) : await versions(context, name);
  if (context.json) {
    printJson({ templates: rows });
    return 0;
  }
  const columns = ["name", "version", "agent_id", "created_at", "description"];
  printTable(columns, rows.map((row) => columns.map((column) => cell(row[column]))));
  return 0;
}

async function versions(context: CliContext, name: string): Promise<JsonObject[]> {
  // Names what is not there, with the name that may have been meant.
  await context.client.get(`/api/v1/templates/${encodeURIComponent(name)}`);
  return await all(context, { name });
}

/** The first row of each name: the newest version comes first. */
async function latest(context: CliContext): Promise<JsonObject[]> {
  const newest = new Map<unknown, JsonObject>();
  for (const row of await all(context, {})) {
    if (!newest.has(row.name)) newest.set(row.name, row);
  }
  return [...newest.values()];
}

async function all(context: CliContext, filter: Record<string, string>): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  let cursor: unknown;
  do {
    const page = await context.client.get("/api/v1/templates", {
      ...filter,
      limit: PAGE,
      ...(cursor !== undefined && { cursor: String(cursor) }),
    });
    rows.push(...page.templates as JsonObject[]);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return rows;
}
