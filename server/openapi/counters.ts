// What the REST API answers of agents, and of all runs together.

import type { JsonObject } from "../../core/json.ts";
import { RUN_STATUSES } from "../../core/status.ts";
import type { AgentReport, Stats } from "../../engine/api.ts";
import { HAPPENED } from "../../engine/store/counts.ts";
import { COUNT, listOf, MOMENT, shape, TEXT } from "./shapes.ts";

/** Runs by status. */
const RUN_COUNTS: JsonObject = {
  type: "object",
  properties: Object.fromEntries(RUN_STATUSES.map((status) => [status, COUNT])),
  required: [...RUN_STATUSES],
};

const HAPPENINGS = { started: COUNT, completed: COUNT, failed: COUNT };

export const COUNTERS: Record<string, JsonObject> = {
  Agent: shape<AgentReport>(
    ["id", "name", "type", "created_at", "runs", "pending_decisions"],
    {
      id: TEXT,
      name: TEXT,
      type: TEXT,
      created_at: MOMENT,
      last_seen_at: MOMENT,
      runs: RUN_COUNTS,
      pending_decisions: {
        ...COUNT,
        description: "Those that name it, and those of its runs that name nobody.",
      },
    },
  ),
  Stats: shape<Stats>(
    ["at", "zone", "runs", "pending_decisions", "completed_today", "minutes", "days"],
    {
      at: MOMENT,
      zone: TEXT,
      runs: RUN_COUNTS,
      pending_decisions: COUNT,
      completed_today: COUNT,
      minutes: listOf(
        shape<Stats["minutes"][number]>(["at", ...HAPPENED], { at: MOMENT, ...HAPPENINGS }),
      ),
      days: listOf(
        shape<Stats["days"][number]>(["date", ...HAPPENED], {
          date: { type: "string", format: "date" },
          ...HAPPENINGS,
        }),
      ),
    },
  ),
};
