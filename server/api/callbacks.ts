// The routes of callbacks that were not taken: which there are, and one sent now.

import type { Context, Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import type { CallbackPage, CallbackVerbs } from "../../engine/api.ts";
import { CALLBACK_STATUSES } from "../../engine/callbacks/api.ts";
import { CURSOR, MOST_ROWS } from "../../engine/contract/query.ts";
import { TEXT } from "../../engine/contract/terms.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { CALLBACK_CALL_BODY } from "./bodies.ts";
import { readBody } from "./body.ts";
import { namesOf, readQuery } from "./query-string.ts";

/** The schema of each parameter of the list. */
export const CALLBACK_PARAMETERS = {
  status: { type: "string", enum: [...CALLBACK_STATUSES] },
  workflow_id: TEXT,
  limit: { type: "integer", minimum: 1, maximum: MOST_ROWS, default: 50 },
  cursor: CURSOR,
} as const satisfies Record<string, JsonObject>;

const BASE = "/api/v1/callbacks";

export function callbackRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  const callbacksFor = (c: Context): CallbackVerbs => opcodeFor(callerOf(c)).callbacks;

  app.get(BASE, async (c) => {
    const page = readQuery(c, namesOf(CALLBACK_PARAMETERS)) as CallbackPage;
    return c.json(await callbacksFor(c).list(page));
  });

  app.get(`${BASE}/:id`, async (c) => {
    readQuery(c, []);
    return c.json(await callbacksFor(c).get(c.req.param("id")));
  });

  app.post(`${BASE}/:id/send`, async (c) => {
    await readBody(c, CALLBACK_CALL_BODY);
    return c.json(await callbacksFor(c).send(c.req.param("id")));
  });
}
