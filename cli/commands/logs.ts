// What `opcode logs [RUN]` prints: the daemon's newest log lines, and with --follow those to come.

import { hint } from "../hint.ts";
import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { readableLine } from "../log-line.ts";
import { withoutRepeats } from "../log-repeats.ts";
import { printNote } from "../print.ts";
import { runIdOf } from "../run-id.ts";

export interface LogsFlags {
  run?: string | undefined;
  step?: string;
  level?: string;
  agentId?: string;
  since?: string;
  limit?: string;
  follow?: boolean;
}

/** How long one request waits for the next line. */
const WAIT_MS = "30000";

/** What a listing shows for who does not say; and what it looks through, since lines may repeat. */
const SHOWN = 100;
const READ = "1000";

export async function logs(context: CliContext, flags: LogsFlags): Promise<number> {
  const { step, level, since, limit, agentId: agent_id } = flags;
  const run = flags.run === undefined ? undefined : await runIdOf(context.client, flags.run);
  const filter: Record<string, string> = {};
  for (const [name, value] of Object.entries({ run, step, agent_id, level, since })) {
    if (value !== undefined) filter[name] = value;
  }
  const inWords = !context.json && !flags.follow;
  const first = await context.client.get("/api/v1/logs", {
    ...filter,
    ...(inWords && limit === undefined ? { limit: READ } : limit !== undefined && { limit }),
  });
  if ((first.lines as unknown[]).length === 0 && inWords) {
    printNote("no log lines" + (Object.keys(filter).length > 0 ? " that meet all of this" : ""));
    printNote(
      "the daemon keeps the lines since its start; what a run did before stays in its events:",
    );
    printNote(`  ${hint("query", "events", "--filter", `workflow_id=${run ?? "RUN"}`)}`);
  }
  if (inWords) list(first, limit === undefined ? SHOWN : undefined);
  let after = inWords ? "" : show(context, first);
  while (flags.follow) {
    const more = { ...filter, after, limit: "1000", wait_ms: WAIT_MS };
    after = show(context, await context.client.get("/api/v1/logs", more));
  }
  return 0;
}

/** Prints the newest lines, at most so many, and how to ask for others. */
function list(reply: JsonObject, most: number | undefined): void {
  const entries = (reply.lines as { entry: JsonObject }[]).map(({ entry }) => entry);
  // Who says how many wants them as they are.
  const told = most === undefined
    ? entries.map((entry) => ({ entry, left: 0 }))
    : withoutRepeats(entries);
  const shown = told.slice(-(most ?? Infinity));
  for (const { entry, left } of shown) print(left === 0 ? entry : { ...entry, repeats: left });
  if (shown.length < told.length || entries.length === Number(READ)) {
    printNote(
      `the newest ${shown.length}; fewer by RUN, --agent-id, --level or --since, more by --limit`,
    );
  }
}

/** Prints the lines; returns the id after which the next ones come. */
function show(context: CliContext, reply: JsonObject): string {
  const lines = reply.lines as { id: number; entry: JsonObject }[];
  for (const { entry } of lines) {
    if (context.json) process.stdout.write(JSON.stringify(entry) + "\n");
    else print(entry);
  }
  return String(reply.last);
}

function print(entry: JsonObject): void {
  process.stdout.write(readableLine(JSON.stringify(entry) + "\n", process.stdout));
}
