// What `opcode diagram` prints: a template or a run as Mermaid text.

import type { JsonObject } from "../../core/json.ts";
import { ApiError, type Client } from "../client.ts";
import type { CliContext } from "../context.ts";
import { lastRun, runBeginning, WAYS } from "../run-id.ts";
import { isRunId } from "../short-id.ts";
import { printJson, printLine, visible } from "../print.ts";
import { UsageError } from "../usage-error.ts";

export async function diagram(
  context: CliContext,
  flags: { target: string; version?: string },
): Promise<number> {
  const reply = await drawn(context.client, flags);
  if (context.json) printJson(reply);
  else printLine(String(reply.diagram).trimEnd());
  return 0;
}

/** A template's name may look like the beginning of an id, or be "last": it comes first. */
async function drawn(
  client: Client,
  { target, version }: { target: string; version?: string },
): Promise<JsonObject> {
  const query = version === undefined ? undefined : { version };
  const runs = (id: string) => client.get(`/api/v1/runs/${encodeURIComponent(id)}/diagram`, query);
  if (isRunId(target)) return await runs(target);
  try {
    return await client.get(`/api/v1/templates/${encodeURIComponent(target)}/diagram`, query);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    // One whose version is not there is no run either.
    if (error.error.details?.latest !== undefined) throw error;
    const run = target === "last" ? await lastRun(client) : await runBeginning(client, target);
    if (run !== undefined) return await runs(run);
    const neither = `"${visible(target)}" is neither a template nor a run`;
    throw new UsageError([`${neither}: ${error.message}`, ...WAYS].join("\n"));
  }
}
