// The route of what the daemon is and what it runs with: version, health, settings and where each is from.

import type { Hono } from "hono";
import { requireAdmin } from "../callers.ts";
import type { Settings } from "../settings/load.ts";
import { settingReports } from "../settings/report.ts";
import { type HealthDeps, healthOf } from "./health.ts";
import { readQuery } from "./query-string.ts";

export interface SettingsDeps extends HealthDeps {
  /** With what it runs; some change while it does. */
  settings: Settings;
  /** Where clients are told to come. */
  baseUrl: () => string;
  /** When it began to serve, epoch ms. */
  startedAt: number;
}

export function settingsRoute(app: Hono, deps: SettingsDeps): void {
  app.get("/api/v1/settings", (c) => {
    requireAdmin(c, "see the settings");
    readQuery(c, []);
    const { settings, version, health, baseUrl, startedAt } = deps;
    const reason = health.fault();
    return c.json({
      status: healthOf(deps),
      ...(reason !== null && { reason }),
      version,
      runtime: `node ${process.versions.node}, ${process.platform} ${process.arch}`,
      pid: process.pid,
      started_at: new Date(startedAt).toISOString(),
      url: baseUrl(),
      home: settings.home,
      settings: settingReports(settings),
      // Without what their tokens hash to: nobody needs it who may not read the file.
      agents: Object.entries(settings.agents).map((
        [name, { allow, templates, decide }],
      ) => ({ name, allow, templates, decide })),
      warnings: settings.warnings,
    });
  });
}
