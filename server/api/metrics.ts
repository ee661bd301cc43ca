// The route of metrics: what Prometheus scrapes.

import type { Hono } from "hono";
import { type Metrics, TEXT_TYPE } from "../../core/metrics.ts";
import { requireAdmin } from "../callers.ts";
import { readQuery } from "./query-string.ts";

export function metricsRoute(app: Hono, metrics: Metrics): void {
  app.get("/metrics", async (c) => {
    readQuery(c, []);
    // It tells of everybody's runs.
    requireAdmin(c, "read the metrics");
    return c.body(await metrics.text(), 200, {
      "content-type": TEXT_TYPE,
      "cache-control": "no-store",
    });
  });
}
