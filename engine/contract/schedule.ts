// What the verbs of schedules take.

import type { JsonObject } from "../../core/json.ts";
import { CATCH_UPS, type CatchUp, type Overlap, OVERLAPS } from "../../core/schedule-terms.ts";
import { AGENT_ID, type Contract, identifier, NAME, OBJECT, TEXT, version } from "./terms.ts";

/** When runs begin, and what they are given; every member may be left out of a change. */
export interface ScheduleTerms {
  template_name?: string;
  version?: string;
  cron?: string;
  timezone?: string;
  params?: JsonObject;
  overlap?: Overlap;
  catch_up?: CatchUp;
  jitter?: string;
  end_at?: string | null;
  max_runs?: number | null;
  enabled?: boolean;
}

export interface ScheduleRequest extends ScheduleTerms {
  name: string;
  template_name: string;
  cron: string;
  agent_id: string;
}

export interface ScheduleChange extends ScheduleTerms {
  /** Who asks; not whose the schedule is. */
  agent_id?: string;
}

export interface BackfillRequest {
  from: string;
  to: string;
  dry_run?: boolean;
  agent_id?: string;
}

/** Times that one backfill starts runs for. */
export const MOST_BACKFILLED = 100;
/** Latest that a run begins after its time. */
export const LONGEST_JITTER_MS = 24 * 3_600_000;

const TERMS = {
  template_name: NAME,
  version: version("e.g. v2. Default: the latest at the time of each run."),
  cron: {
    type: "string",
    description: "minute hour day-of-month month day-of-week, as in 30 7 * * MON-FRI.",
  },
  timezone: { type: "string", default: "UTC", description: "An IANA name, e.g. Europe/Berlin." },
  params: OBJECT,
  overlap: { type: "string", enum: [...OVERLAPS], default: "skip" },
  catch_up: { type: "string", enum: [...CATCH_UPS], default: "one" },
  jitter: { type: "string", default: "0s", description: "A duration, at most 24h." },
  end_at: { type: ["string", "null"], description: "RFC 3339: no run for a later time." },
  max_runs: { type: ["integer", "null"], description: "Most runs that it starts by itself." },
  enabled: { type: "boolean", default: true },
} as const satisfies Record<keyof ScheduleTerms, JsonObject>;

export const SCHEDULE: Contract<ScheduleRequest> = {
  properties: { name: identifier("Without a dot."), agent_id: AGENT_ID, ...TERMS },
  required: ["name", "template_name", "cron", "agent_id"],
};

export const SCHEDULE_CHANGE: Contract<ScheduleChange> = {
  properties: {
    agent_id: AGENT_ID,
    ...Object.fromEntries(
      Object.entries(TERMS).map(([name, { default: _, ...schema }]: [string, JsonObject]) => [
        name,
        schema,
      ]),
    ) as Record<keyof ScheduleTerms, JsonObject>,
  },
  required: [],
};

export const SCHEDULE_CALL: Contract<{ agent_id?: string }> = {
  properties: { agent_id: AGENT_ID },
  required: [],
};

/** An expression that is only asked when its times are. */
export interface TimesRequest {
  cron: string;
  timezone?: string | undefined;
}

export const TIMES: Contract<TimesRequest> = {
  properties: { cron: TERMS.cron, timezone: TERMS.timezone },
  required: ["cron"],
};

export const BACKFILL: Contract<BackfillRequest> = {
  properties: {
    from: { ...TEXT, description: "RFC 3339." },
    to: { ...TEXT, description: "RFC 3339, not after now." },
    dry_run: { type: "boolean", default: false, description: "Only tell the times." },
    agent_id: AGENT_ID,
  },
  required: ["from", "to"],
};
