// The routes of hooks: which there are, and what has come to one of them.

import type { Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import { CURSOR, MOST_ROWS } from "../../engine/contract/query.ts";
import { TEXT } from "../../engine/contract/terms.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { namesOf, readQuery } from "./query-string.ts";

/** The schema of each parameter of the list. */
export const HOOK_PARAMETERS = {
  template_name: TEXT,
  agent_id: TEXT,
  limit: { type: "integer", minimum: 1, maximum: MOST_ROWS, default: 50 },
  cursor: CURSOR,
} as const satisfies Record<string, JsonObject>;

const BASE = "/api/v1/hooks";

export function hookListRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  app.get(BASE, async (c) => {
    const page = readQuery(c, namesOf(HOOK_PARAMETERS));
    return c.json(await opcodeFor(callerOf(c)).hooks.list(page));
  });

  app.get(`${BASE}/:template/:name/log`, async (c) => {
    readQuery(c, []);
    const { template, name } = c.req.param();
    return c.json(await opcodeFor(callerOf(c)).hooks.log(template, name));
  });
}
