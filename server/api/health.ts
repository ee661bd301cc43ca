// Whether the daemon is well, for supervisors and load balancers.

import type { Hono } from "hono";
import type { Opcode } from "../../engine/api.ts";

export type Phase = "starting" | "ok" | "stopping";

/** The body and status of `/healthz`; anything but `ok` is 503. `reason`: what somebody has to mend. */
export function healthResponse(
  status: Phase | "unhealthy",
  version: string,
  reason?: string | null,
): Response {
  return new Response(JSON.stringify({ status, version, ...(reason && { reason }) }), {
    status: status === "ok" ? 200 : 503,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

export function healthRoute(
  app: Hono,
  deps: { health: Pick<Opcode, "healthy" | "fault">; version: string; phase: () => Phase },
): void {
  app.get("/healthz", () => {
    const phase = deps.phase();
    const status = phase === "ok" && !deps.health.healthy() ? "unhealthy" : phase;
    return healthResponse(status, deps.version, withoutPlaces(deps.health.fault()));
  });
}

/** Files by their names alone: who may ask for health needs no token. */
function withoutPlaces(reason: string | null): string | null {
  return reason && reason.replaceAll(/\/(?:[^\s'/]+\/)*/g, "");
}
