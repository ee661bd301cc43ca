// Which routes the daemon serves: one Hono app, every request past the same door.

import { type Context, Hono, type Next } from "hono";
import { placeOf } from "../core/fault-at.ts";
import type { Logger } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import type { EngineFacade } from "../engine/api.ts";
import type { Vault } from "../engine/vault/vault.ts";
import { directoryRoutes } from "./api/directory.ts";
import { callbackRoutes } from "./api/callbacks.ts";
import { decisionRoutes } from "./api/decisions.ts";
import { diagramRoutes } from "./api/diagrams.ts";
import { eventRoutes } from "./api/events.ts";
import { hookListRoutes } from "./api/hooks.ts";
import { healthRoute } from "./api/health.ts";
import { logRoutes } from "./api/logs.ts";
import { metricsRoute } from "./api/metrics.ts";
import { openApiRoute } from "./api/openapi.ts";
import { runRoutes } from "./api/runs.ts";
import { schemaRoute } from "./api/schema.ts";
import { scheduleRoutes } from "./api/schedules.ts";
import { isolationRoute } from "./api/isolation.ts";
import { type SettingsDeps, settingsRoute } from "./api/settings.ts";
import { secretRoutes } from "./api/secrets.ts";
import { templateRoutes } from "./api/templates.ts";
import { statsRoute } from "./api/stats.ts";
import { type Upkeep, upkeepRoutes } from "./api/upkeep.ts";
import type { HeldPlaces } from "./held.ts";
import { readableBy } from "./cors.ts";
import { countBodies, type Intake } from "./intake.ts";
import type { LogRing } from "./log-ring.ts";
import type { OpcodeFor } from "./callers.ts";
import { noSuchRoute, refusal, thrownResponse } from "./http-errors.ts";
import { hookRoutes, type Receive } from "./hooks.ts";
import { linkRoutes } from "./links/routes.ts";
import type { LinkTokens } from "./links/token.ts";
import type { PanelDeps } from "./panel/deps.ts";
import { panelRoutes } from "./panel/routes.ts";
import { panelDoor } from "./panel/sign-in-routes.ts";
import { guard, type GuardOptions } from "./security.ts";

export interface AppDeps extends SettingsDeps {
  opcodeFor: OpcodeFor;
  /** Takes what comes to hooks. */
  receive: Receive;
  /** Knows the links of decisions that are its own. */
  linkTokens: LinkTokens;
  linksRevokedAt: EngineFacade["linksRevokedAt"];
  vault: Vault;
  stats: EngineFacade["stats"];
  metrics: Metrics;
  /** Prunes and backs up. */
  upkeep: Upkeep;
  /** Aborted when live streams must end. */
  stopped: AbortSignal;
  /** Room for streams and for calls that wait. */
  held: HeldPlaces;
  /** Room for the bodies of requests. */
  intake: Intake;
  security: GuardOptions;
  /** Event streams that may be open at once. */
  maxEventStreams: number;
  /** Absent: there are no pages. */
  panel?: PanelDeps | undefined;
  /** What the daemon has logged lately. */
  logs: LogRing;
  log: Logger;
}

export function createApp(deps: AppDeps): Hono {
  // A slash at the end of a path says nothing that it does not say without.
  const app = new Hono({ strict: false });
  app.onError((error, c) =>
    // A body that broke off is nobody's fault here, and nobody hears the answer.
    c.req.raw.signal.aborted
      ? refusal(400, "VALIDATION_ERROR", "body: did not come to its end", placeOf("body"))
      : thrownResponse(error, deps.log)
  );
  app.notFound(noSuchRoute);
  app.use(endUnread);
  app.use(keepPrivate);
  const { allowedOrigins } = deps.security;
  if (allowedOrigins?.size) app.use(readableBy(allowedOrigins));
  app.use(countBodies({ intake: deps.intake, maxBody: deps.security.maxBody }));
  app.use(guard({ ...deps.security, panel: deps.panel && panelDoor(deps.panel) }));
  healthRoute(app, deps);
  schemaRoute(app);
  openApiRoute(app, deps);
  templateRoutes(app, deps.opcodeFor);
  runRoutes(app, deps);
  decisionRoutes(app, deps);
  scheduleRoutes(app, deps.opcodeFor);
  hookListRoutes(app, deps.opcodeFor);
  callbackRoutes(app, deps.opcodeFor);
  hookRoutes(app, { ...deps, maxBody: deps.security.maxBody });
  linkRoutes(app, deps);
  diagramRoutes(app, deps.opcodeFor);
  eventRoutes(app, deps);
  directoryRoutes(app, deps.opcodeFor);
  secretRoutes(app, deps.vault);
  statsRoute(app, deps.stats);
  metricsRoute(app, deps.metrics);
  upkeepRoutes(app, deps.upkeep);
  settingsRoute(app, deps);
  isolationRoute(app, deps);
  logRoutes(app, deps);
  if (deps.panel) panelRoutes(app, deps.panel);
  return app;
}

/** A HEAD is answered by the route of GET, without its body: a stream would wait for its reader for ever. */
function endUnread(c: Context, next: Next): Promise<void> {
  if (c.req.method !== "HEAD") return next();
  return next().then(() => c.res.body?.cancel());
}

/** What is not said to be kept is kept by nobody on its way, and is taken for nothing but what it says to be. */
async function keepPrivate(c: Context, next: Next): Promise<void> {
  await next();
  const { headers } = c.res;
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
}
