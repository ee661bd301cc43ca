// The routes of events: query the log, follow it live.

import type { Context, Hono } from "hono";
import { OpcodeError } from "../../core/errors.ts";
import type { Opcode } from "../../engine/api.ts";
import { followEvents } from "../event-stream.ts";
import { type HeldPlaces, holdWhileAnswered } from "../held.ts";
import { listResponse } from "./query.ts";

export function eventRoutes(
  app: Hono,
  deps: { opcode: Opcode; stopped: AbortSignal; held: HeldPlaces },
): void {
  app.get(
    "/api/v1/events",
    (c) => listResponse(c, deps.opcode, { resource: "events", key: "events" }),
  );

  app.get("/api/v1/events/stream", async (c) => {
    const runId = c.req.query("run") || undefined;
    const after = startingPoint(c, runId);
    // An unknown run is an error now rather than a stream that stays silent for ever.
    if (runId !== undefined) await deps.opcode.status(runId);
    holdWhileAnswered(c, deps.held.streams);
    const body = followEvents({
      opcode: deps.opcode,
      runId,
      after,
      signal: AbortSignal.any([c.req.raw.signal, deps.stopped]),
    });
    return new Response(body, {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      },
    });
  });
}

/**
 * The event id after which the stream begins: `Last-Event-ID`, else `after`, else the beginning of
 * the run; "now" for a stream of all runs.
 */
function startingPoint(c: Context, runId: string | undefined): number | "now" {
  const [name, text] = c.req.header("last-event-id")
    ? ["Last-Event-ID", c.req.header("last-event-id")]
    : ["after", c.req.query("after")];
  if (text === undefined || text === "") return runId === undefined ? "now" : 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new OpcodeError("VALIDATION_ERROR", `${name}: must be an event id, got "${text}"`);
}
