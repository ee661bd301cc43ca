// The route of counters and rates: how many runs there are, and what they come to.

import type { Hono } from "hono";
import type { EngineFacade } from "../../engine/api.ts";
import { STATS } from "../../engine/contract/stats.ts";
import { requireAdmin } from "../callers.ts";
import { namesOf, readQuery } from "./query-string.ts";

export function statsRoute(app: Hono, stats: EngineFacade["stats"]): void {
  app.get("/api/v1/stats", async (c) => {
    const request = readQuery(c, namesOf(STATS.properties));
    // It tells of everybody's runs.
    requireAdmin(c, "read the counters of all agents");
    return c.json(await stats(request));
  });
}
