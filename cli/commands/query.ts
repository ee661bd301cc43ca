// What `opcode query` and `opcode templates` show: a list as a table, or as JSON.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { printJson, printNote } from "../print.ts";
import { cell, LEAST_ID, LEAST_NAME, type ListColumn, printList } from "../table.ts";
import { momentOf } from "../option-values.ts";
import { COLUMNS as TEMPLATE_COLUMNS } from "./templates.ts";
import { runIdOf } from "../run-id.ts";
import { UsageError } from "../usage-error.ts";

interface Listing {
  path: string;
  /** The key of the rows in the daemon's answer. */
  key: string;
  columns: ListColumn[];
}

const AGENT: ListColumn = { key: "agent_id", name: "agent", least: LEAST_NAME };
const STATUS: ListColumn = { key: "status", name: "status" };
const CREATED: ListColumn = { key: "created_at", name: "created", isTime: true };
const RUN: ListColumn = { key: "workflow_id", name: "run", least: LEAST_ID };
const STEP: ListColumn = { key: "step_id", name: "step", least: LEAST_NAME };

const LISTINGS: Readonly<Record<string, Listing>> = {
  workflows: {
    path: "/api/v1/runs",
    key: "runs",
    columns: [
      { key: "id", name: "run", least: LEAST_ID },
      { key: "template_name", name: "template", least: LEAST_NAME },
      { key: "template_version", name: "version" },
      STATUS,
      AGENT,
      CREATED,
    ],
  },
  events: {
    path: "/api/v1/events",
    key: "events",
    columns: [
      { key: "timestamp", name: "time", isTime: true },
      RUN,
      { key: "sequence", name: "no" },
      { key: "event_type", name: "event", least: 2 * LEAST_NAME },
      STEP,
    ],
  },
  templates: { path: "/api/v1/templates", key: "templates", columns: TEMPLATE_COLUMNS },
  decisions: {
    path: "/api/v1/decisions",
    key: "decisions",
    columns: [
      RUN,
      STEP,
      STATUS,
      { key: "target_agent_id", name: "for", least: LEAST_NAME },
      { key: "timeout_at", name: "until", isTime: true },
    ],
  },
  actions: {
    path: "/api/v1/actions",
    key: "actions",
    columns: [{ key: "name", name: "name" }, { key: "description", name: "what it does" }],
  },
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
  const run = flags.filter?.workflow_id;
  const filter = {
    ...flags.filter,
    ...(run !== undefined && { workflow_id: await runIdOf(context.client, run) }),
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
  printList(listing.columns, rows);
  if (next_cursor !== undefined) printNote(`more: add --filter cursor=${cell(next_cursor)}`);
  return 0;
}
