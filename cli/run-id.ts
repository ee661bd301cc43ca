// Which run a person means: by its id, by the beginning of it, or as the last one.

import type { JsonObject } from "../core/json.ts";
import type { Client } from "./client.ts";
import { pages } from "./pages.ts";
import { UsageError } from "./usage-error.ts";

const WHOLE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Tables cut an id with an ellipsis, which is copied along. */
const BEGINNING = /^([0-9a-f-]{4,35})…?$/i;

/** Runs that are told when a beginning fits several. */
const MOST_TOLD = 5;

/** Whether the text can only be the id of a run. */
export function isRunId(text: string): boolean {
  return WHOLE.test(text);
}

/** Whether `runIdOf` would look for it. */
export function mayBeRun(text: string): boolean {
  return text === "last" || BEGINNING.test(text);
}

/**
 * The whole id. `last` is the newest run that nobody's step started. A beginning needs four
 * characters; UsageError says which runs it fits when there are several, and when there is none.
 */
export async function runIdOf(client: Client, text: string): Promise<string> {
  if (text === "last") return await lastRun(client);
  const beginning = isRunId(text) ? undefined : BEGINNING.exec(text)?.[1];
  if (beginning === undefined) return text;
  const query = { id: beginning, limit: String(MOST_TOLD + 1) };
  const { runs } = await client.get("/api/v1/runs", query);
  const ids = (runs as JsonObject[]).map(({ id, template_name }) => `${id} (${template_name})`);
  if (ids.length === 1) return ids[0]!.split(" ")[0]!;
  if (ids.length === 0) throw new UsageError(`no run has an id that begins with "${text}"`);
  const told = ids.slice(0, MOST_TOLD).join(", ");
  const more = ids.length > MOST_TOLD ? ", and more" : "";
  throw new UsageError(`several runs have ids that begin with "${text}": ${told}${more}`);
}

async function lastRun(client: Client): Promise<string> {
  for await (const page of pages(client, "/api/v1/runs", { limit: "20" })) {
    for (const run of page.runs as JsonObject[]) {
      if (run.parent_workflow_id === undefined) return String(run.id);
    }
  }
  throw new UsageError("there is no run yet");
}
