// The route of the daemon's own log: its newest lines, and the wait for more.

import type { Context, Hono } from "hono";
import { OpcodeError } from "../../core/errors.ts";
import { type Level, LOG_LEVELS } from "../../core/log.ts";
import { ADMIN, callerOf, type OpcodeFor, requireAdmin } from "../callers.ts";
import { type HeldPlaces, inPlace } from "../held.ts";
import type { LogRing } from "../log-ring.ts";

const MOST_LINES = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** `{lines: [{id, entry}], last}`; with `wait_ms`, the answer comes with the first line after `after`. */
export function logRoutes(
  app: Hono,
  deps: { opcodeFor: OpcodeFor; logs: LogRing; stopped: AbortSignal; held: HeldPlaces },
): void {
  const { logs, stopped } = deps;
  app.get("/api/v1/logs", async (c) => {
    const filter = {
      after: number(c, "after", 0, Number.MAX_SAFE_INTEGER),
      runId: c.req.query("run") || undefined,
      level: levelOf(c),
      since: sinceOf(c),
    };
    // Lines of no run tell of everybody's, and are for administrators.
    if (filter.runId === undefined) requireAdmin(c, "read the whole log: give run=ID");
    else if (callerOf(c) !== ADMIN) await deps.opcodeFor(callerOf(c)).checkWorkflow(filter.runId);
    const limit = number(c, "limit", 100, MOST_LINES) || 100;
    const waitMs = number(c, "wait_ms", 0, LONGEST_WAIT_MS);
    const answer = async (enough?: AbortSignal) => {
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

function number(c: Context, name: string, initial: number, most: number): number {
  const text = c.req.query(name);
  if (text === undefined || text === "") return initial;
  if (/^\d{1,16}$/.test(text) && Number(text) <= most) return Number(text);
  throw invalid(name, `must be a whole number from 0 to ${most}`);
}

function levelOf(c: Context): Level {
  const text = c.req.query("level") || "debug";
  if ((LOG_LEVELS as readonly string[]).includes(text)) return text as Level;
  throw invalid("level", `must be one of ${LOG_LEVELS.join(", ")}`);
}

function sinceOf(c: Context): number {
  const text = c.req.query("since");
  if (text === undefined || text === "") return -Infinity;
  const time = Date.parse(text);
  if (!Number.isNaN(time) && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/i.test(text)) return time;
  throw invalid("since", "must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
}

function invalid(field: string, rule: string): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", `${field}: ${rule}`, { details: { field } });
}
