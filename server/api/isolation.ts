// The route of what programs of workflows are held in: each guard, tried where the daemon is.

import type { Hono } from "hono";
import { requireAdmin } from "../callers.ts";
import { isolationSettings } from "../settings/isolation.ts";
import type { Settings } from "../settings/load.ts";
import { readQuery } from "./query-string.ts";

/** What holds depends on whose process it is, its control group above all: nobody else can tell. */
export function isolationRoute(app: Hono, { settings }: { settings: Settings }): void {
  app.get("/api/v1/isolation", async (c) => {
    requireAdmin(c, "see what programs are held in");
    readQuery(c, []);
    const { isolationTable } = await import("../../engine/isolation/isolation.ts");
    return c.json({ guards: await isolationTable(isolationSettings(settings)) });
  });
}
