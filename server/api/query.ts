// How a list's URL query becomes a filter, and its page an answer.

import type { Context } from "hono";
import { setOwn } from "../../core/copy.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { QueryResource } from "../../engine/api.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";

/** Answers `{[key]: rows, next_cursor?}`; every query parameter is a filter, checked by the engine. */
export async function listResponse(
  c: Context,
  opcodeFor: OpcodeFor,
  list: { resource: QueryResource; key: string },
): Promise<Response> {
  const filter: JsonObject = {};
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (values.length > 1) {
      throw new OpcodeError("VALIDATION_ERROR", `${name}: given ${values.length} times`);
    }
    setOwn(filter, name, values[0]!);
  }
  const { rows, next_cursor } = await opcodeFor(callerOf(c)).query({
    resource: list.resource,
    filter,
  });
  return c.json({ [list.key]: rows, ...(next_cursor !== undefined && { next_cursor }) });
}
