// What `opcode logs [RUN]` prints: the daemon's newest log lines, and with --follow those to come.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { readableLine } from "../log-line.ts";
import { printNote } from "../print.ts";
import { runIdOf } from "../run-id.ts";

export interface LogsFlags {
  run?: string | undefined;
  level?: string;
  since?: string;
  limit?: string;
  follow?: boolean;
}

/** How long one request waits for the next line. */
const WAIT_MS = "30000";

export async function logs(context: CliContext, flags: LogsFlags): Promise<number> {
  const { level, since, limit } = flags;
  const run = flags.run === undefined ? undefined : await runIdOf(context.client, flags.run);
  const filter: Record<string, string> = {};
  for (const [name, value] of Object.entries({ run, level, since, limit })) {
    if (value !== undefined) filter[name] = value;
  }
  const first = await context.client.get("/api/v1/logs", filter);
  if ((first.lines as unknown[]).length === 0 && !context.json && !flags.follow) {
    printNote("no log lines" + (Object.keys(filter).length > 0 ? " that meet all of this" : ""));
  }
  let after = show(context, first);
  while (flags.follow) {
    const more = { ...filter, after, limit: "1000", wait_ms: WAIT_MS };
    after = show(context, await context.client.get("/api/v1/logs", more));
  }
  return 0;
}

/** Prints the lines; answers the id after which the next ones come. */
function show(context: CliContext, reply: JsonObject): string {
  const lines = reply.lines as { id: number; entry: JsonObject }[];
  for (const { entry } of lines) {
    const text = JSON.stringify(entry) + "\n";
    process.stdout.write(context.json ? text : readableLine(text, process.stdout));
  }
  return String(reply.last);
}
