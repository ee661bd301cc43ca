// How a list's URL query becomes a filter, and its page an answer.

import type { Context } from "hono";
import type { JsonObject } from "../../core/json.ts";
import type { QueryResource } from "../../engine/api.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { answer } from "./answer.ts";
import { queryOf } from "./query-string.ts";

/** Answers `{[key]: rows, next_cursor?, total?}`; every query parameter is a filter, checked by the engine. */
export async function listResponse(
  c: Context,
  opcodeFor: OpcodeFor,
  list: { resource: QueryResource; key: string },
): Promise<Response> {
  const filter: JsonObject = queryOf(c);
  const opcode = opcodeFor(callerOf(c));
  const { rows, ...more } = await opcode.query({ resource: list.resource, filter });
  const page = { [list.key]: rows, ...more };
  return answer(c, page, { turn: () => opcode.turn("") });
}
