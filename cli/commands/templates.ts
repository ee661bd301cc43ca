// What `opcode templates` lists: each template with its latest version, or the versions there are.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { pages } from "../pages.ts";
import { hint } from "../hint.ts";
import { printJson, printLine, printNote } from "../print.ts";
import { NO_TEMPLATES, TEMPLATE_COLUMNS } from "../listings.ts";
import { printList } from "../table.ts";
import { shownTime } from "../times.ts";
import { UsageError } from "../usage-error.ts";

export interface TemplatesFlags {
  /** Every version of this one. */
  name: string | undefined;
  /** Every version of every template. */
  all?: boolean | undefined;
  /** Those that are archived, and no others. */
  archived?: boolean | undefined;
}

const PAGE = "100";

export async function templates(context: CliContext, flags: TemplatesFlags): Promise<number> {
  const { name, all, archived } = flags;
  if (name !== undefined && (all || archived)) {
    throw new UsageError(
      `--${all ? "all" : "archived"}: lists every template, not those of one name; ` +
        "leave one of them out",
    );
  }
  const filter: Record<string, string> = name !== undefined ? { name } : {
    ...(!all && { latest: "true" }),
    ...(archived && { archived: "true" }),
  };
  const rows = await read(context, filter);
  if (rows.length === 0 && name !== undefined) {
    // Says that there is none, and which name may have been meant.
    await context.client.get(`/api/v1/templates/${encodeURIComponent(name)}`);
  }
  if (context.json) printJson({ templates: rows });
  else if (rows.length === 0) printLine(await none(context, archived === true));
  else printList(TEMPLATE_COLUMNS, rows);
  const since = rows[0]?.archived_at;
  if (!context.json && name !== undefined && since !== undefined) {
    printNote(
      `archived since ${shownTime(String(since))}; it is taken back by: ${hint("unarchive", name)}`,
    );
  }
  return 0;
}

/** What is said of an empty list; where there are others, how these are listed. */
async function none({ client }: CliContext, archived: boolean): Promise<string> {
  if (archived) return "no template is archived";
  const { templates } = await client.get("/api/v1/templates", { archived: "true", limit: "1" });
  return (templates as JsonObject[]).length === 0
    ? NO_TEMPLATES
    : `all templates are archived; they are listed by: ${hint("templates", "--archived")}`;
}

async function read(context: CliContext, filter: Record<string, string>): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  const query = { ...filter, limit: PAGE };
  for await (const page of pages(context.client, "/api/v1/templates", query)) {
    rows.push(...page.templates as JsonObject[]);
  }
  return rows;
}
