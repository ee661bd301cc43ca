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

export interface HealthDeps {
  /** Whether commits go through, and what keeps them from it. */
  health: Pick<Opcode, "healthy" | "fault">;
  version: string;
  phase: () => Phase;
}

export function healthRoute(app: Hono, deps: HealthDeps): void {
  app.get("/healthz", () => {
    return healthResponse(healthOf(deps), deps.version, withoutPlaces(deps.health.fault()));
  });
}

export function healthOf({ health, phase }: HealthDeps): Phase | "unhealthy" {
  const now = phase();
  return now === "ok" && !health.healthy() ? "unhealthy" : now;
}

/** Files by their names alone: who may ask for health needs no token. */
function withoutPlaces(reason: string | null): string | null {
  return reason && reason.replaceAll(/\/(?:[^\s'/]+\/)*/g, "");
}
