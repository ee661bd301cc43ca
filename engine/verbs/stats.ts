// How many runs there are and what they come to by the minute and the day: from what is counted with commits.

import { type Clock, rfc3339 } from "../../core/clock.ts";
import type { AgentReport, Stats } from "../api.ts";
import type { StatsRequest } from "../contract/stats.ts";
import { type Happenings, SPAN_MS, type Tallies } from "../store/counts.ts";
import type { Store } from "../store/store.ts";
import { dateText, lastDays, readZone } from "./days.ts";

const MINUTES = 60;
const DAYS = 30;

/** The last hour ends with the minute that goes on, the last 30 days with today. */
export async function readStats(
  { store, clock }: { store: Store; clock: Clock },
  request: StatsRequest,
): Promise<Stats> {
  const zone = readZone("zone", request.zone ?? "UTC");
  const now = clock.now();
  const minute = now - now % SPAN_MS.minute;
  const minutes = Array.from(
    { length: MINUTES + 1 },
    (_, i) => minute + (i + 1 - MINUTES) * SPAN_MS.minute,
  );
  const counts = await store.counts({ minutes, days: lastDays(zone, now, DAYS) });
  const today = counts.days.at(-1)!;
  return {
    at: rfc3339(now),
    zone,
    ...standing(counts.tallies),
    completed_today: today.completed,
    minutes: counts.minutes.map((one) => ({ at: rfc3339(one.at), ...counted(one) })),
    days: counts.days.map((one) => ({ date: dateText(zone, one.at), ...counted(one) })),
  };
}

/** Runs by status, and the questions that wait. */
export function standing(
  { decisions, ...runs }: Tallies,
): Pick<AgentReport, "runs" | "pending_decisions"> {
  return { runs, pending_decisions: decisions };
}

function counted({ started, completed, failed }: Happenings) {
  return { started, completed, failed };
}
