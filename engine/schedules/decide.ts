// What a schedule does when its timer fires: from its row, the time and its open runs alone.

import type { FireCause } from "../../core/schedule-terms.ts";
import type { CronSchedule } from "../../embed/cron.ts";
import type { FireRow, ScheduleRow } from "../store/store.ts";
import { dueAt, lastTimes, MOST_MISSED } from "./timing.ts";

/** Who comes later than this was not there at the time, ms. */
export const LATE_MS = 60_000;
/** Runs of a schedule that may be under way. */
export const MOST_OPEN = 100;

export interface Decided {
  /** The run to start now: the time that it is for, and why it is started only now. */
  start: { time: number; cause: FireCause } | null;
  /** What became of times that no run is started for. */
  fires: FireRow[];
  /** The schedule after that; of a run that is started it knows its number later. */
  next: ScheduleRow;
}

/** `open`: those of the row's `openRuns` that are not over. */
export function decide(
  row: ScheduleRow,
  { cron, now, open }: { cron: CronSchedule; now: number; open: readonly number[] },
): Decided {
  const fires: FireRow[] = [];
  const { time, cause } = due(row, { cron, now, fires });
  const next: ScheduleRow = {
    ...row,
    openRuns: JSON.stringify(open),
    updatedAt: now,
  };
  let start: Decided["start"] = null;
  const refusal = time === null ? null : overlapOf(row, open.length);
  if (time !== null && refusal === null) {
    start = { time, cause };
    next.runs++;
  } else if (time !== null) {
    const waits = refusal === "queued";
    fires.push(fireOf(row, { dueAt: time, cause, at: now }, waits ? null : { reason: refusal! }));
    if (waits) {
      next.queuedAt = time;
      next.runs++;
    }
  }
  const last = Math.max(time ?? row.nextAt!, ...fires.map(({ dueAt }) => dueAt));
  return { start, fires, next: advanced(next, cron.next(last)) };
}

/** The schedule with the time that comes next, or at its end. */
export function advanced(row: ScheduleRow, nextAt: number | null): ScheduleRow {
  const ended = row.maxRuns !== null && row.runs >= row.maxRuns
    ? `it has started as many runs as max_runs allows (${row.maxRuns})`
    : nextAt === null
    ? "no time comes any more"
    : row.endsAt !== null && nextAt > row.endsAt
    ? "its end_at has passed, or comes before its next time"
    : null;
  if (ended === null) return { ...row, nextAt };
  return { ...row, status: "ended", reason: ended, nextAt: null };
}

/** Which of the times that have come is acted on; what is passed over is told in `fires`. */
function due(
  row: ScheduleRow,
  { cron, now, fires }: { cron: CronSchedule; now: number; fires: FireRow[] },
): { time: number | null; cause: FireCause } {
  const first = row.nextAt!;
  // Of a time that may still have come late by its jitter nobody says that it was missed.
  const latest = now - LATE_MS - row.jitterMs - 1;
  if (first > latest) return { time: first, cause: "cron" };
  const missed = lastTimes(cron, first, Math.min(latest, row.endsAt ?? latest));
  const passOver = (passed: number[]) => {
    if (passed.length === 0) return;
    // Of more than are looked at, nobody counts those before.
    const isAll = passed[0] === first;
    fires.push(fireOf(row, { dueAt: passed.at(-1)!, cause: "missed", at: now }, {
      reason: "missed",
      missed: isAll ? passed.length : Math.min(passed.length, MOST_MISSED),
      ...(!isAll && { at_least: true }),
    }));
  };
  if (row.catchUp === "all") {
    if (missed.length > MOST_MISSED) passOver(missed.slice(0, 1));
    return { time: missed.slice(-MOST_MISSED)[0]!, cause: "missed" };
  }
  const present = cron.next(missed.at(-1)!);
  if (present !== null && dueAt(row, present) <= now && present <= (row.endsAt ?? present)) {
    passOver(missed);
    return { time: present, cause: "cron" };
  }
  if (row.catchUp === "none") {
    passOver(missed);
    return { time: null, cause: "missed" };
  }
  passOver(missed.slice(0, -1));
  return { time: missed.at(-1)!, cause: "missed" };
}

/** Why there is no run beside those that are open; null when there is. */
function overlapOf({ overlap, queuedAt }: ScheduleRow, open: number): string | null {
  if (overlap === "allow") return open < MOST_OPEN ? null : "too many runs are open";
  if (open === 0 && queuedAt === null) return null;
  return overlap === "queue" && queuedAt === null ? "queued" : "overlap";
}

/** `why` null: it waits. */
function fireOf(
  { id }: ScheduleRow,
  of: Pick<FireRow, "dueAt" | "cause" | "at">,
  why: object | null,
): FireRow {
  return {
    scheduleId: id,
    ...of,
    runNo: null,
    outcome: why ? "skipped" : "queued",
    detail: why && JSON.stringify(why),
  };
}
