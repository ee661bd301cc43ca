// What `opcode agents` lists: who has used this daemon, the last seen first.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { cell, printJson, printTable } from "../print.ts";

export async function agents(context: CliContext): Promise<number> {
  const reply = await context.client.get("/api/v1/agents");
  if (context.json) {
    printJson(reply);
    return 0;
  }
  const columns = ["id", "name", "type", "last_seen_at", "created_at"];
  const rows = reply.agents as JsonObject[];
  printTable(columns, rows.map((row) => columns.map((column) => cell(row[column]))));
  return 0;
}
