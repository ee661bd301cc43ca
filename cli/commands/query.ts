// What `opcode query` shows: a list as a table, or as JSON, and how one acts upon its rows.

import type { JsonObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import type { DecisionReport } from "../../engine/api.ts";
import { LISTS, QUERY_RESOURCES, type QueryResource } from "../../engine/contract/query.ts";
import type { CliContext } from "../context.ts";
import { emptyLines } from "../empty-list.ts";
import { hint } from "../hint.ts";
import { type Listing, LISTINGS } from "../listings.ts";
import { momentOf } from "../option-values.ts";
import { printJson, printLine, printNote } from "../print.ts";
import { runIdOf } from "../run-id.ts";
import { brief, printList } from "../table.ts";
import { UsageError } from "../usage-error.ts";
import { answerCommands } from "../waits.ts";
import { actions, tellMore } from "./actions.ts";
import { diff } from "./diff.ts";

/** Decisions whose answers are spelt out. */
const MOST_ANSWERS = 5;

export interface QueryFlags {
  resource: string;
  filter?: Record<string, string>;
  limit?: string;
}

/** Criteria that are times, which somebody may give as how long ago. */
function momentsIn(resource: string, given: Record<string, string>): Record<string, string> {
  const { filters } = LISTS[resource as QueryResource];
  const times = Object.entries(given).filter(([name]) => filters[name]?.format === "date-time");
  return Object.fromEntries(
    times.map(([name, text]) => [name, momentOf(`--filter ${name}`)(text)]),
  );
}

export async function query(context: CliContext, flags: QueryFlags): Promise<number> {
  const { resource, filter: given = {} } = flags;
  const listing = listingOf(resource);
  if (flags.limit !== undefined && given.limit !== undefined) {
    throw new UsageError("--limit and --filter limit=… say the same: give one of them");
  }
  if (!context.json && resource === "actions" && given.name !== undefined) {
    refuseBeside(given, "name");
    return await actions(context, given.name);
  }
  const { workflow_id: run } = given;
  const filter = {
    ...given,
    ...momentsIn(resource, given),
    ...(run !== undefined && { workflow_id: await runIdOf(context.client, run) }),
    ...(flags.limit !== undefined && { limit: flags.limit }),
  };
  const reply = await context.client.get(listing.path, filter);
  const rows = reply[listing.key] as JsonObject[];
  const { next_cursor, total, total_at_least } = reply;
  if (context.json) {
    const { [listing.key]: _, ...more } = reply;
    printJson({ [resource]: rows, ...more });
    return 0;
  }
  if (resource === "templates" && given.against !== undefined) {
    const { name, version = "latest", against } = given;
    return await diff(context, { name: name!, old: against, new: version });
  }
  if (rows.length === 0 && next_cursor === undefined) {
    const lines = await emptyLines(context.client, { resource, listing, filter: given });
    lines.forEach(printLine);
    return 0;
  }
  printList(listing.columns, rows);
  if (total !== undefined) printNote(`${total_at_least ? "more than " : ""}${total} in all`);
  if (resource === "decisions") tellAnswers(rows as DecisionReport[]);
  if (resource === "actions") tellMore();
  if (next_cursor !== undefined) {
    const again = Object.entries({ ...filter, cursor: String(next_cursor) })
      .flatMap(([name, value]) => ["--filter", `${name}=${value}`]);
    printNote(`more: ${hint("query", resource, ...again)}`);
  }
  return 0;
}

function listingOf(resource: string): Listing {
  if (Object.hasOwn(LISTINGS, resource)) return LISTINGS[resource as QueryResource];
  const known = QUERY_RESOURCES;
  const meant = resource === "runs" || resource === "run" ? "workflows" : nearest(resource, known);
  const hint = meant === undefined ? "" : ` (did you mean "${meant}"?)`;
  throw new UsageError(`RESOURCE: must be one of ${known.join(", ")}, got "${resource}"${hint}`);
}

function refuseBeside(filter: Record<string, string>, name: string): void {
  const other = Object.keys(filter).find((key) => key !== name);
  if (other === undefined) return;
  throw new UsageError(`--filter ${other}: has no meaning beside --filter ${name}=…`);
}

/** The commands that answer what is still asked. */
function tellAnswers(decisions: DecisionReport[]): void {
  const open = decisions.filter(({ status }) => status === "pending");
  for (const decision of open.slice(0, MOST_ANSWERS)) {
    printNote(`to answer ${brief(decision.step_id)}:`);
    for (const command of answerCommands(decision)) printNote(`  ${command}`);
  }
  if (open.length > MOST_ANSWERS) {
    printNote(
      `how each of ${open.length - MOST_ANSWERS} more is answered: ${hint("status", "RUN")}`,
    );
  }
}
