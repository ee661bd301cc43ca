// What `opcode query` and `opcode templates` show: a list as a table, or as JSON.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { cell, printJson, printNote, printTable } from "../print.ts";
import { momentOf } from "../option-values.ts";
import { UsageError } from "../usage-error.ts";

interface Listing {
  path: string;
  /** The key of the rows in the daemon's answer. */
  key: string;
  columns: string[];
}

const LISTINGS: Readonly<Record<string, Listing>> = {
  workflows: {
    path: "/api/v1/runs",
    key: "runs",
    columns: ["id", "template_name", "template_version", "status", "agent_id", "created_at"],
  },
  events: {
    path: "/api/v1/events",
    key: "events",
    columns: ["timestamp", "workflow_id", "sequence", "event_type", "step_id"],
  },
  templates: {
    path: "/api/v1/templates",
    key: "templates",
    columns: ["name", "version", "agent_id", "created_at", "description"],
  },
  decisions: {
    path: "/api/v1/decisions",
    key: "decisions",
    columns: ["workflow_id", "step_id", "status", "target_agent_id", "created_at", "timeout_at"],
  },
  actions: { path: "/api/v1/actions", key: "actions", columns: ["name", "description"] },
};

export interface QueryFlags {
  resource: string;
  filter?: Record<string, string>;
  limit?: string;
}

export async function query(context: CliContext, flags: QueryFlags): Promise<number> {
  const listing = Object.hasOwn(LISTINGS, flags.resource) ? LISTINGS[flags.resource] : undefined;
  if (!listing) {
    const known = Object.keys(LISTINGS).join(", ");
    throw new UsageError(`RESOURCE: must be one of ${known}, got "${flags.resource}"`);
  }
  const since = flags.filter?.since;
  const filter = {
    ...flags.filter,
    ...(since !== undefined && { since: momentOf("--filter since")(since) }),
    ...(flags.limit !== undefined && { limit: flags.limit }),
  };
  const reply = await context.client.get(listing.path, filter);
  const rows = reply[listing.key] as JsonObject[];
  const { next_cursor } = reply;
  if (context.json) {
    printJson({ [flags.resource]: rows, ...(next_cursor !== undefined && { next_cursor }) });
    return 0;
  }
  printTable(listing.columns, rows.map((row) => listing.columns.map((name) => cell(row[name]))));
  if (next_cursor !== undefined) printNote(`more: add --filter cursor=${cell(next_cursor)}`);
  return 0;
}
