// The route of the daemon's own log: its newest lines, and the wait for more.

import { faultAt } from "../../core/fault-at.ts";
import type { Hono } from "hono";
import type { Leaving } from "../../core/departure.ts";
import type { JsonObject } from "../../core/json.ts";
import { type Level, LOG_LEVELS } from "../../core/log.ts";
import { parseMoment } from "../../core/moment.ts";
import { callerOf, type OpcodeFor, requireAdmin } from "../callers.ts";
import { type HeldPlaces, inPlace } from "../held.ts";
import type { LogRing } from "../log-ring.ts";
import { namesOf, readQuery } from "./query-string.ts";

const MOST_LINES = 1_000;
const LONGEST_WAIT_MS = 60_000;
const DEFAULT_LINES = 100;

/** The schema of each parameter. */
export const LOG_PARAMETERS = {
  after: { type: "integer", minimum: 0, description: "Only lines after this one." },
  run: { type: "string", description: "Only lines of this run." },
  step: { type: "string", description: "Only lines of this step of the run, by its full id." },
  agent_id: { type: "string", description: "Only lines of this agent." },
  level: { type: "string", enum: [...LOG_LEVELS], description: "And those above." },
  since: { type: "string", format: "date-time" },
  limit: { type: "integer", minimum: 1, maximum: MOST_LINES, default: DEFAULT_LINES },
  wait_ms: {
    type: "integer",
    minimum: 0,
    maximum: LONGEST_WAIT_MS,
    default: 0,
    description: "How long to wait for the first line.",
  },
} as const satisfies Record<string, JsonObject>;

/** `{lines: [{id, entry}], last}`; with `wait_ms`, the answer comes with the first line after `after`. */
export function logRoutes(
  app: Hono,
  deps: { opcodeFor: OpcodeFor; logs: LogRing; stopped: AbortSignal; held: HeldPlaces },
): void {
  const { logs, stopped } = deps;
  app.get("/api/v1/logs", async (c) => {
    const given = readQuery(c, namesOf(LOG_PARAMETERS));
    const filter = {
      after: number("after", given.after, { initial: 0, most: Number.MAX_SAFE_INTEGER }),
      runId: given.run,
      stepId: given.step,
      agentId: given.agent_id,
      level: levelOf(given.level),
      since: sinceOf(given.since),
    };
    if (filter.stepId !== undefined && filter.runId === undefined) {
      throw faultAt("step", "names a step of one run: give run=ID too");
    }
    // Lines of no run tell of everybody's, and are for administrators.
    if (filter.runId === undefined) requireAdmin(c, "read the whole log: give run=ID");
    // Of a run that never was there are no lines either, but that is not the answer.
    else await deps.opcodeFor(callerOf(c)).checkWorkflow(filter.runId);
    const limit = number("limit", given.limit, {
      initial: DEFAULT_LINES,
      least: 1,
      most: MOST_LINES,
    });
    const waitMs = number("wait_ms", given.wait_ms, { initial: 0, most: LONGEST_WAIT_MS });
    const answer = async (enough?: Leaving) => {
      for (;;) {
        const last = logs.last;
        const lines = logs.list(filter, limit);
        if (lines.length > 0 || !enough || enough.aborted) return c.json({ lines, last });
        // What was looked through need not be looked through again.
        filter.after = last;
        await logs.next(enough);
      }
    };
    if (waitMs === 0) return answer();
    const over = AbortSignal.any([c.req.raw.signal, stopped, AbortSignal.timeout(waitMs)]);
    return await inPlace(deps.held.waits, over, answer);
  });
}

function number(
  name: string,
  text: string | undefined,
  { initial, least = 0, most }: { initial: number; least?: number; most: number },
): number {
  if (text === undefined) return initial;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw faultAt(name, `must be a whole number from ${least} to ${most}`);
}

function levelOf(text = "debug"): Level {
  if ((LOG_LEVELS as readonly string[]).includes(text)) return text as Level;
  throw faultAt("level", `must be one of ${LOG_LEVELS.join(", ")}`);
}

function sinceOf(text: string | undefined): number {
  if (text === undefined) return -Infinity;
  const time = parseMoment(text);
  if (time !== undefined) return time;
  throw faultAt("since", "must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
}
