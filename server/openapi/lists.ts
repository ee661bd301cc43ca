// What operations of the same kind are described alike by: lists of what query has, and drawings.

import type { JsonObject } from "../../core/json.ts";
import { DIAGRAM } from "../../engine/contract/diagram.ts";
import { LISTS, type QueryResource } from "../../engine/contract/query.ts";
import { API, object, ok, type Operation } from "./operation.ts";
import { COUNT, listOf, TEXT, YES } from "./shapes.ts";

/** A page of a list, under the name of what is listed. */
export function page(key: string, items: JsonObject): JsonObject {
  return object({ [key]: listOf(items), next_cursor: TEXT }, ["next_cursor"]);
}

/** The same of a list that can be counted. */
function countedPage(key: string, items: JsonObject): JsonObject {
  const total = { total: COUNT, total_at_least: YES };
  const properties = { [key]: listOf(items), next_cursor: TEXT, ...total };
  return object(properties, ["next_cursor", ...Object.keys(total)]);
}

export function list(
  key: string,
  { resource, items, summary }: { resource: QueryResource; items: JsonObject; summary: string },
): Operation {
  return {
    method: "get",
    path: `${API}/${key}`,
    id: `list_${key}`,
    summary,
    query: LISTS[resource].filters,
    replies: ok(
      "A page of them.",
      LISTS[resource].filters.total ? countedPage(key, items) : page(key, items),
    ),
  };
}

/** Those members of the drawing's contract that stand in the query. */
export function drawnBy(
  names: readonly (keyof typeof DIAGRAM.properties)[],
): Record<string, JsonObject> {
  return Object.fromEntries(names.map((name) => [name, DIAGRAM.properties[name]]));
}
