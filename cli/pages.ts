// How a command reads a list of the API to its end, page by page.

import type { JsonObject } from "../core/json.ts";
import type { Client } from "./client.ts";

/** Each page of the list at the path; the last one has no `next_cursor`. */
export async function* pages(
  client: Pick<Client, "get">,
  path: string,
  query: Record<string, string> = {},
): AsyncGenerator<JsonObject> {
  let cursor: string | undefined;
  do {
    const page = await client.get(path, { ...query, ...(cursor !== undefined && { cursor }) });
    yield page;
    cursor = page.next_cursor as string | undefined;
  } while (cursor !== undefined);
}
