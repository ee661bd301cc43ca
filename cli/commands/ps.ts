// What `opcode ps` lists: the runs that have not ended, the newest first.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { hint } from "../hint.ts";
import { printJson, printLine, printNote } from "../print.ts";
import { cell, LEAST_ID, LEAST_NAME, printTable } from "../table.ts";
import { shownBeginning, shownTime } from "../times.ts";

/** Rows of each status that are shown. */
const LIMIT = "50";
const OPEN = ["pending", "active", "suspended"];

export async function ps(context: CliContext): Promise<number> {
  const pages: JsonObject[] = [];
  for (const status of OPEN) {
    pages.push(await context.client.get("/api/v1/runs", { status, limit: LIMIT }));
  }
  const runs = pages.flatMap((page) => page.runs as JsonObject[])
    .sort((a, b) => String(b.created_at) < String(a.created_at) ? -1 : 1);
  const isCut = pages.some((page) => page.next_cursor !== undefined);
  if (context.json) printJson({ runs, ...(isCut && { truncated: true }) });
  else if (runs.length === 0) printLine("no run is under way");
  else {
    printTable(
      [
        { name: "run", least: LEAST_ID },
        { name: "template", least: LEAST_NAME },
        "status",
        { name: "agent", least: LEAST_NAME },
        "started",
      ],
      runs.map((run) => [
        cell(run.id),
        `${cell(run.template_name)} ${cell(run.template_version)}`,
        statusOf(run),
        cell(run.agent_id),
        startOf(run),
      ]),
    );
  }
  if (isCut && !context.json) {
    printNote(`${LIMIT} of a status are shown; all that are, for example, suspended:`);
    printNote(`  ${hint("query", "workflows", "--filter", "status=suspended")}`);
  }
  return 0;
}

function startOf(run: JsonObject): string {
  return beginningOf(run) ?? shownTime(cell(run.started_at ?? run.created_at));
}

/** When a run begins that has been put off, or what it waits for; undefined for every other. */
export function beginningOf({ status, start_at, waits_for }: JsonObject): string | undefined {
  if (status !== "pending") return undefined;
  if (Array.isArray(waits_for)) return `waits for ${waits_for.join(" and ")}`;
  if (typeof start_at !== "string") return undefined;
  return `begins ${shownBeginning(start_at)}`;
}

/** What keeps it from going on says more than that it is suspended. */
export function statusOf(run: JsonObject): string {
  if (run.poisoned) return "poisoned";
  if (run.interrupted) return "interrupted";
  return run.timed_out ? "timed out" : cell(run.status);
}
