// When the days of a time zone begin.

import { checkZone, wallTime } from "../../embed/cron/zones.ts";
import { faultAt } from "../../core/fault-at.ts";
import { SPAN_MS } from "../store/counts.ts";

const DAY_MS = 24 * 3_600_000;

/** Throws VALIDATION_ERROR that names the field for what is no zone. */
export function readZone(field: string, zone: string): string {
  try {
    checkZone(zone);
  } catch (thrown) {
    throw faultAt(field, (thrown as Error).message);
  }
  return zone;
}

/**
 * When the day begins in which this time (epoch ms) is: with the first quarter of an hour of which the
 * clocks show its date, whatever hour they show then.
 */
export function startOfDay(zone: string, at: number): number {
  const date = dateOf(zone, at);
  // As many hours back as the clocks show; they may have been set meanwhile.
  let start = at - (wallTime(zone, at) - date);
  start -= mod(start, SPAN_MS.quarter);
  while (dateOf(zone, start) < date) start += SPAN_MS.quarter;
  while (dateOf(zone, start - SPAN_MS.quarter) >= date) start -= SPAN_MS.quarter;
  return start;
}

/** When the last `count` days begin, the oldest first, then when the next one does. */
export function lastDays(zone: string, now: number, count: number): number[] {
  const starts = [startOfDay(zone, now)];
  while (starts.length < count) starts.unshift(startOfDay(zone, starts[0]! - 1));
  // No day is longer than two less a little, none shorter than half of one.
  let next = startOfDay(zone, starts.at(-1)! + 1.5 * DAY_MS);
  if (next === starts.at(-1)) next = startOfDay(zone, next + 2 * DAY_MS);
  return [...starts, next];
}

/** The date that the clocks show, as in `2026-11-29`. */
export function dateText(zone: string, at: number): string {
  return new Date(wallTime(zone, at)).toISOString().slice(0, "2026-11-29".length);
}

/** The same as the time at which it begins in UTC. */
function dateOf(zone: string, at: number): number {
  const wall = wallTime(zone, at);
  return wall - mod(wall, DAY_MS);
}

/** Also of times before 1970. */
function mod(at: number, ms: number): number {
  return ((at % ms) + ms) % ms;
}
