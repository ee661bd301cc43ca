// What `opcode agents` lists: who has used this daemon, the last seen first.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { cell, printJson, printTable } from "../print.ts";

export async function agents(context: CliContext): Promise<number> {
  const rows: JsonObject[] = [];
  let cursor: string | undefined;
  do {
    const page = await context.client.get(
      "/api/v1/agents",
      cursor === undefined ? {} : { cursor },
    );
    rows.push(...page.agents as JsonObject[]);
    cursor = page.next_cursor as string | undefined;
  } while (cursor !== undefined);
  if (context.json) {
    printJson({ agents: rows });
    return 0;
  }
  const columns = ["id", "name", "type", "last_seen_at", "created_at"];
  printTable(columns, rows.map((row) => columns.map((column) => cell(row[column]))));
  return 0;
}
