// The routes of hooks: which there are, what has come to one of them, and what a delivery would come to.

import type { Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import type { HookSample } from "../../engine/api.ts";
import { CURSOR, MOST_ROWS } from "../../engine/contract/query.ts";
import { TEXT } from "../../engine/contract/terms.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { HOOK_SAMPLE_BODY } from "./bodies.ts";
import { readBody } from "./body.ts";
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

  app.post(`${BASE}/:template/:name/test`, async (c) => {
    const { agent_id: _, ...sample } = await readBody<HookSample & { agent_id?: string }>(
      c,
      HOOK_SAMPLE_BODY,
    );
    const { template, name } = c.req.param();
    return c.json(await opcodeFor(callerOf(c)).hooks.test(template, name, sample));
  });
}
