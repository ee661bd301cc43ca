// What the REST API answers of schedules: the JSON Schema of each shape.

import type { JsonObject } from "../../core/json.ts";
import {
  CATCH_UPS,
  FIRE_CAUSES,
  FIRE_OUTCOMES,
  OVERLAPS,
  SCHEDULE_STATUSES,
} from "../../core/schedule-terms.ts";
import { COUNT, ID, listOf, MOMENT, OBJECT, ref, RUN_STATUS, shape, TEXT, YES } from "./shapes.ts";

/** Of what starts runs by itself. */
export const SCHEDULES: Record<string, JsonObject> = {
  CronTimes: shape<Record<string, unknown>>(["cron", "timezone", "next_times"], {
    cron: TEXT,
    timezone: TEXT,
    next_times: listOf(MOMENT),
  }),
  Schedule: shape<Record<string, unknown>>(
    ["id", "name", "template_name", "agent_id", "cron", "timezone", "status", "runs", "next_times"],
    {
      id: TEXT,
      name: TEXT,
      template_name: TEXT,
      version: { type: "string", description: "Absent: the latest at the time of each run." },
      agent_id: TEXT,
      trigger: { type: "string", description: "Of the template, which made it." },
      cron: TEXT,
      timezone: TEXT,
      params: OBJECT,
      overlap: { type: "string", enum: [...OVERLAPS] },
      catch_up: { type: "string", enum: [...CATCH_UPS] },
      jitter: TEXT,
      end_at: MOMENT,
      max_runs: COUNT,
      status: { type: "string", enum: [...SCHEDULE_STATUSES] },
      reason: { type: "string", description: "Why it is not at work." },
      failing: { ...YES, description: "The last five runs have failed." },
      queued_for: MOMENT,
      runs: { ...COUNT, description: "Those that it has started by itself." },
      next_times: listOf(MOMENT),
      last_fires: listOf(ref("Fire")),
      created_at: MOMENT,
      updated_at: MOMENT,
    },
  ),
  Fire: shape<Record<string, unknown>>(["due_at", "cause", "outcome", "at"], {
    due_at: MOMENT,
    cause: { type: "string", enum: [...FIRE_CAUSES] },
    outcome: { type: "string", enum: [...FIRE_OUTCOMES] },
    at: MOMENT,
    workflow_id: ID,
    status: { ...RUN_STATUS, description: "How its run stands now." },
    reason: { type: "string", description: "Why there is no run." },
    missed: { ...COUNT, description: "Times that were passed over together." },
    at_least: YES,
    error: ref("Error"),
  }),
  Backfill: shape<Record<string, unknown>>(["schedule", "had_runs"], {
    schedule: TEXT,
    had_runs: { ...COUNT, description: "Times that had a run already." },
    dry_run: YES,
    times: listOf(MOMENT),
    fires: listOf(OBJECT),
    broken_off: {
      type: "object",
      description: "Why it ended before the last time; the runs of fires have begun.",
      properties: { code: TEXT, message: TEXT },
      required: ["code", "message"],
    },
  }),
};
