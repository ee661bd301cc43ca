// The routes of what there is to use and who uses it: actions and agents.

import type { Hono } from "hono";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { listResponse } from "./query.ts";
import { readQuery } from "./query-string.ts";

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
    const { limit, cursor } = readQuery(c, ["limit", "cursor"]);
    return c.json(await opcodeFor(callerOf(c)).agents({ limit, cursor }));
  });
}
