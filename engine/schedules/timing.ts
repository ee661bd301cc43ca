// When the timers of a schedule are due, and which of its times have passed.

import { createHash } from "node:crypto";
import type { CronSchedule } from "../../embed/cron.ts";
import { NO_RUN, type ScheduleRow, type TimerClaim, type TimerRow } from "../store/store.ts";

/** Times that were missed are caught up with, and counted, up to so many. */
export const MOST_MISSED = 100;

const KEY = "schedule:";
const QUEUE = "schedule-queue:";

export const timerKey = (id: string) => `${KEY}${id}`;
export const queueKey = (id: string) => `${QUEUE}${id}`;
export const scheduleOf = (key: string) => key.slice(key.indexOf(":") + 1);

/** When the run for this time (epoch ms) begins: later by what always is the same for it. */
export function dueAt({ id, jitterMs }: ScheduleRow, time: number): number {
  if (jitterMs === 0) return time;
  const hash = createHash("sha256").update(`${id} ${time}`).digest();
  return time + hash.readUIntBE(0, 6) % (jitterMs + 1);
}

/** What the schedule waits for; null when it waits for nothing. */
export function waitsFor(row: ScheduleRow): TimerClaim | null {
  if (row.status !== "active" || row.nextAt === null) return null;
  return { key: timerKey(row.id), dueAt: dueAt(row, row.nextAt) };
}

/**
 * The timers of a schedule that becomes `next`: those of `old` are claimed as they are, so that of two
 * who change it, a time that comes among them, one is fenced.
 */
export function retimed(
  old: ScheduleRow | null,
  next: ScheduleRow | null,
): { claims: TimerClaim[]; timers: TimerRow[] } {
  const was = old && waitsFor(old);
  const will = next && waitsFor(next);
  return {
    claims: was ? [was] : [],
    timers: will ? [{ runNo: NO_RUN, ...will }] : [],
  };
}

/**
 * The last times from `first` (which is one) to `end`, the oldest first: at most one more than are
 * caught up with. `cron` is asked for a few hundred times, however long that is.
 */
export function lastTimes(cron: CronSchedule, first: number, end: number): number[] {
  for (let span = 3_600_000;; span *= 2) {
    const from = Math.max(first, end - span);
    const times = from === first ? [first] : [];
    for (let at = cron.next(from); at !== null && at <= end; at = cron.next(at)) times.push(at);
    if (from === first || times.length > MOST_MISSED) return times.slice(-MOST_MISSED - 1);
  }
}
