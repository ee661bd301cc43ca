// The routes of what there is to use and who uses it: actions and agents.

import type { Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import { CURSOR, MOST_ROWS } from "../../engine/contract/query.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { listResponse } from "./query.ts";
import { namesOf, readQuery } from "./query-string.ts";

/** The schema of each parameter of the list of agents. */
export const AGENT_PARAMETERS = {
  limit: { type: "integer", minimum: 1, maximum: MOST_ROWS, default: MOST_ROWS },
  cursor: CURSOR,
} as const satisfies Record<string, JsonObject>;

export function directoryRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  app.get(
    "/api/v1/actions",
    (c) => listResponse(c, opcodeFor, { resource: "actions", key: "actions" }),
  );

  app.get("/api/v1/actions/:name", async (c) => {
    readQuery(c, []);
    const filter = { name: c.req.param("name") };
    const { rows } = await opcodeFor(callerOf(c)).query({ resource: "actions", filter });
    return c.json(rows[0]);
  });

  app.get("/api/v1/agents", async (c) => {
    const { limit, cursor } = readQuery(c, namesOf(AGENT_PARAMETERS));
    return c.json(await opcodeFor(callerOf(c)).agents({ limit, cursor }));
  });
}
