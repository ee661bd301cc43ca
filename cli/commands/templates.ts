// What `opcode templates` lists: each template with its latest version, or the versions there are.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { pages } from "../pages.ts";
import { printJson } from "../print.ts";
import { LEAST_NAME, type ListColumn, printList } from "../table.ts";

export interface TemplatesFlags {
  /** Every version of this one. */
  name: string | undefined;
  /** Every version of every template. */
  all?: boolean;
}

const PAGE = "100";
/** As in `opcode query templates`. */
export const COLUMNS: ListColumn[] = [
  { key: "name", name: "name", least: LEAST_NAME },
  { key: "version", name: "version" },
  { key: "agent_id", name: "agent", least: LEAST_NAME },
  { key: "created_at", name: "created", isTime: true },
  { key: "description", name: "description" },
];

export async function templates(context: CliContext, flags: TemplatesFlags): Promise<number> {
  const { name, all } = flags;
  const filter: Record<string, string> = name !== undefined ? { name } : all ? {} : {
    latest: "true",
  };
  const rows = await read(context, filter);
  if (rows.length === 0 && name !== undefined) {
    // Says that there is none, and which name may have been meant.
    await context.client.get(`/api/v1/templates/${encodeURIComponent(name)}`);
  }
  if (context.json) printJson({ templates: rows });
  else printList(COLUMNS, rows);
  return 0;
}

async function read(context: CliContext, filter: Record<string, string>): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  const query = { ...filter, limit: PAGE };
  for await (const page of pages(context.client, "/api/v1/templates", query)) {
    rows.push(...page.templates as JsonObject[]);
  }
  return rows;
}
