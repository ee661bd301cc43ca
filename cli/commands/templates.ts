// What `opcode templates` lists: each template with its latest version, or the versions there are.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { pages } from "../pages.ts";
import { printJson, printLine } from "../print.ts";
import { NO_TEMPLATES, TEMPLATE_COLUMNS } from "../listings.ts";
import { printList } from "../table.ts";
import { UsageError } from "../usage-error.ts";

export interface TemplatesFlags {
  /** Every version of this one. */
  name: string | undefined;
  /** Every version of every template. */
  all?: boolean | undefined;
}

const PAGE = "100";

export async function templates(context: CliContext, flags: TemplatesFlags): Promise<number> {
  const { name, all } = flags;
  if (name !== undefined && all) {
    throw new UsageError(
      "--all: lists every template, not those of one name; leave one of them out",
    );
  }
  const filter: Record<string, string> = name !== undefined ? { name } : all ? {} : {
    latest: "true",
  };
  const rows = await read(context, filter);
  if (rows.length === 0 && name !== undefined) {
    // Says that there is none, and which name may have been meant.
    await context.client.get(`/api/v1/templates/${encodeURIComponent(name)}`);
  }
  if (context.json) printJson({ templates: rows });
  else if (rows.length === 0) printLine(NO_TEMPLATES);
  else printList(TEMPLATE_COLUMNS, rows);
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
