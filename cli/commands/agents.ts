// What `opcode agents` lists: who has used this daemon, the last seen first.

import type { Json, JsonObject } from "../../core/json.ts";
import type { RunStatus } from "../../core/status.ts";
import type { CliContext } from "../context.ts";
import { pages } from "../pages.ts";
import { printJson, printLine } from "../print.ts";
import { LEAST_NAME, printList } from "../table.ts";

export async function agents(context: CliContext): Promise<number> {
  const rows: JsonObject[] = [];
  for await (const page of pages(context.client, "/api/v1/agents")) {
    rows.push(...page.agents as JsonObject[]);
  }
  if (context.json) {
    printJson({ agents: rows });
    return 0;
  }
  if (rows.length === 0) {
    printLine("no agents yet: none has defined or run anything");
    return 0;
  }
  printList([
    { key: "id", name: "id", least: LEAST_NAME },
    { key: "name", name: "name", least: LEAST_NAME },
    { key: "type", name: "type", least: LEAST_NAME },
    { key: "last_seen_at", name: "last seen", isTime: true },
    { key: "created_at", name: "created", isTime: true },
    { key: "active", name: "active", of: ({ runs }) => count(runs, "active") },
    { key: "failed", name: "failed", of: ({ runs }) => count(runs, "failed") },
    { key: "pending_decisions", name: "asked" },
  ], rows);
  return 0;
}

function count(runs: Json | undefined, status: RunStatus): string {
  return String((runs as JsonObject)[status]);
}
