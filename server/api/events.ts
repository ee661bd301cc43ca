// The routes of events: query the log, follow it live.

import { faultAt } from "../../core/fault-at.ts";
import type { Context, Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { unknownName } from "../../core/unknown.ts";
import type { Opcode } from "../../engine/api.ts";
import { WRITTEN_TYPES } from "../../engine/journal/event-types.ts";
import { BEGINNING, type EventId, parseEventId } from "../../engine/store/event-id.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { followEvents } from "../event-stream.ts";
import { type HeldPlaces, holdWhileAnswered } from "../held.ts";
import { errorResponse } from "../http-errors.ts";
import { listResponse } from "./query.ts";
import { namesOf, readQuery } from "./query-string.ts";

/** The schema of each parameter of the stream. */
export const STREAM_PARAMETERS = {
  run: { type: "string", description: "Only the events of this run, from its first on." },
  template: { type: "string", description: "Only those of runs of this template." },
  agent: { type: "string", description: "Only those of this agent's runs." },
  types: {
    type: "string",
    description: "Only of these types, with commas between; emitted: what steps emit.",
  },
  after: { type: "string", description: "The id of the last event that is known." },
} as const satisfies Record<string, JsonObject>;

export function eventRoutes(
  app: Hono,
  deps: {
    opcodeFor: OpcodeFor;
    stopped: AbortSignal;
    held: HeldPlaces;
    maxEventStreams: number;
  },
): void {
  let open = 0;

  app.get(
    "/api/v1/events",
    (c) => listResponse(c, deps.opcodeFor, { resource: "events", key: "events" }),
  );

  app.get("/api/v1/events/stream", async (c) => {
    const { run: runId, template, agent, types, after: from } = readQuery(
      c,
      namesOf(STREAM_PARAMETERS),
    );
    const after = startingPoint(c, runId, from);
    const wish = { runId, template, agent, types: typesOf(types) };
    // What is not there is an error now rather than a stream that stays silent for ever.
    const opcode = deps.opcodeFor(callerOf(c));
    if (runId !== undefined) await opcode.checkWorkflow(runId);
    if (template !== undefined) await checkTemplate(opcode, template);
    if (open >= deps.maxEventStreams) return tooMany(deps.maxEventStreams);
    holdWhileAnswered(c, deps.held.streams);
    open++;
    const body = followEvents({
      opcode,
      wish,
      after,
      signal: AbortSignal.any([c.req.raw.signal, deps.stopped]),
      onEnd: () => open--,
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

/** Event types of the log, and what steps emit. */
const TYPES: readonly string[] = [...WRITTEN_TYPES, "emitted"];

function typesOf(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const types = text.split(",").map((type) => type.trim());
  const unknown = unknownName(types, TYPES, { what: "a type of events" });
  if (unknown) throw faultAt("types", `${unknown.name} ${unknown.rule}`);
  return types;
}

async function checkTemplate(opcode: Opcode, name: string): Promise<void> {
  await opcode.query({ resource: "templates", filter: { name, version: "latest" } });
}

/** Each stream costs a connection, and a write for every commit. */
function tooMany(limit: number): Response {
  const message = `as many event streams are open as max_event_streams allows (${limit})`;
  const details = { limit, retry_after_ms: 5_000 };
  return errorResponse({ code: "BUSY", message, details }, { status: 429 });
}

/**
 * The event id after which the stream begins: `Last-Event-ID`, else `after`, else the beginning of
 * the run; "now" for a stream of all runs.
 */
function startingPoint(
  c: Context,
  runId: string | undefined,
  from: string | undefined,
): EventId | "now" {
  const [name, text] = c.req.header("last-event-id")
    ? ["Last-Event-ID", c.req.header("last-event-id")]
    : ["after", from];
  if (text === undefined || text === "") return runId === undefined ? "now" : BEGINNING;
  const id = parseEventId(text);
  if (id !== null) return id;
  throw faultAt(name!, `must be an event id, got ${quoted(text)}`);
}
