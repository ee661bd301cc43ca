// What is said of a list without rows: which criteria it was that left none, and what to try.

import { ApiError, type Client } from "./client.ts";
import { hint } from "./hint.ts";
import type { Listing } from "./listings.ts";
import { visible } from "./print.ts";

/** Members of a filter that choose among pages, not among rows. */
const OF_PAGES = ["limit", "cursor"];

/** Lines for standard output. `filter`: as it was typed; `asked`: as it was sent. */
export async function emptyLines(
  client: Client,
  { resource, listing, filter }: {
    resource: string;
    listing: Listing;
    filter: Readonly<Record<string, string>>;
  },
): Promise<string[]> {
  const criteria = Object.entries(filter).filter(([name]) => !OF_PAGES.includes(name));
  if (filter.cursor !== undefined) return [`no more ${listing.noun}`];
  if (criteria.length === 0) return [listing.none];
  const given = criteria.map(([name, value]) => `${name}=${value}`).join(" and ");
  const lines = [visible(`no ${listing.noun} with ${given}`)];
  if (resource === "events") {
    const { workflow_id: run, step_id: step } = filter;
    return step !== undefined && run !== undefined
      ? [...lines, `its steps: ${hint("status", run)}`]
      : lines;
  }
  const rows = (await client.get(listing.path, { limit: "1" }))[listing.key] as unknown[];
  if (rows.length === 0) return [listing.none];
  const name = resource === "templates" ? filter.name : filter.template_name;
  const unknown = name === undefined ? undefined : await notFound(client, name);
  return [...lines, unknown ?? `there are others: ${hint("query", resource)}`];
}

/** Why there is no such template, with the name that was meant; undefined when there is one. */
async function notFound(client: Client, name: string): Promise<string | undefined> {
  try {
    await client.get(`/api/v1/templates/${encodeURIComponent(name)}`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return visible(error.error.message);
    throw error;
  }
  return undefined;
}
