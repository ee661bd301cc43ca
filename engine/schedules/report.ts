// How a schedule, and what became of its times, look from outside.

import { rfc3339 } from "../../core/clock.ts";
import { formatDuration } from "../../core/duration.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import { CronError, parseCron } from "../../embed/cron.ts";
import type { ScheduleRow, StoredFire } from "../store/store.ts";
import { formatVersion } from "../version.ts";

/** Times that a report tells of, those to come and the last ones; so many failures are one that fails. */
export const MOST_TIMES = 5;
/** How far it looks back for those: times that were skipped, and runs under way, say nothing of it. */
export const MOST_LOOKED_AT = 25;

/** `last`: the newest fires, the newest first, as far as a report looks back. */
export function scheduleReport(row: ScheduleRow, last: readonly StoredFire[]): JsonObject {
  return {
    id: row.id,
    name: row.name,
    template_name: row.templateName,
    ...(row.templateVersion !== null && { version: formatVersion(row.templateVersion) }),
    agent_id: row.agentId,
    ...(row.trigger !== null && { trigger: row.trigger }),
    cron: row.cron,
    timezone: row.timezone,
    params: parseJson(row.params),
    overlap: row.overlap,
    catch_up: row.catchUp,
    jitter: formatDuration(row.jitterMs),
    ...(row.endsAt !== null && { end_at: rfc3339(row.endsAt) }),
    ...(row.maxRuns !== null && { max_runs: row.maxRuns }),
    status: row.status,
    ...(row.reason !== null && { reason: row.reason }),
    ...(isFailing(last) && { failing: true }),
    ...(row.queuedAt !== null && { queued_for: rfc3339(row.queuedAt) }),
    runs: row.runs,
    next_times: nextTimes(row).map(rfc3339),
    last_fires: last.slice(0, MOST_TIMES).map(fireReport),
    created_at: rfc3339(row.createdAt),
    updated_at: rfc3339(row.updatedAt),
  };
}

/** Whether the last ones that came to something, so many in a row, came to nothing. */
function isFailing(last: readonly StoredFire[]): boolean {
  const over = last.filter(({ outcome, runStatus }) =>
    outcome === "failed" || (runStatus !== null && isTerminal(runStatus))
  ).slice(0, MOST_TIMES);
  return over.length === MOST_TIMES &&
    over.every(({ outcome, runStatus }) => outcome === "failed" || runStatus === "failed");
}

/** The next times for which runs begin, without jitter. */
export function nextTimes(row: ScheduleRow): number[] {
  if (row.status !== "active" || row.nextAt === null) return [];
  const times = [row.nextAt];
  try {
    const cron = parseCron(row.cron, row.timezone);
    const most = Math.min(MOST_TIMES, (row.maxRuns ?? Infinity) - row.runs);
    while (times.length < most) {
      const at = cron.next(times.at(-1)!);
      if (at === null || (row.endsAt !== null && at > row.endsAt)) break;
      times.push(at);
    }
  } catch (thrown) {
    // It will be found out when its time comes.
    if (!(thrown instanceof CronError)) throw thrown;
  }
  return times;
}

export function fireReport(fire: StoredFire): JsonObject {
  return {
    due_at: rfc3339(fire.dueAt),
    cause: fire.cause,
    outcome: fire.outcome,
    at: rfc3339(fire.at),
    ...(fire.runId !== null && { workflow_id: fire.runId, status: fire.runStatus! }),
    ...(fire.detail !== null && parseJson(fire.detail) as JsonObject),
  };
}
