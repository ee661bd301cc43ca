// When a run is to begin that does not begin at once.

import { formatDuration, parseDuration } from "../../core/duration.ts";
import { faultAt } from "../../core/fault-at.ts";
import { parseMoment } from "../../core/moment.ts";
import type { RunRequest } from "../api.ts";

/** How far ahead a run may be started, ms. */
const LONGEST_DELAY_MS = 10 * 366 * 86_400_000;

/** When the run is to begin, epoch ms; undefined: now, also for a time that has passed. */
export function startOf(
  { start_at, delay, from_run }: RunRequest,
  now: number,
): number | undefined {
  if (start_at === undefined && delay === undefined) return undefined;
  const field = start_at === undefined ? "delay" : "start_at";
  if (start_at !== undefined && delay !== undefined) {
    throw faultAt("delay", "has no meaning beside start_at");
  }
  if (from_run !== undefined) throw faultAt(field, "has no meaning beside from_run");
  const at = start_at === undefined ? now + delayOf(delay) : momentOf(start_at);
  if (at > now + LONGEST_DELAY_MS) throw faultAt(field, "must be within ten years");
  return at > now ? at : undefined;
}

/** A warning for a time that has passed, since nothing waits then. */
export function lateStart({ start_at }: RunRequest, now: number): string[] {
  if (start_at === undefined) return [];
  const late = now - momentOf(start_at);
  if (late <= 0) return [];
  const passed = `start_at: was ${formatDuration(late)} ago`;
  return [`${passed}, and the run begins at once; a time has its zone, such as Z or +02:00`];
}

function delayOf(text: unknown): number {
  try {
    return Math.ceil(parseDuration(String(text)));
  } catch (thrown) {
    throw faultAt("delay", (thrown as Error).message);
  }
}

function momentOf(text: unknown): number {
  const at = typeof text === "string" ? parseMoment(text) : undefined;
  if (at !== undefined) return at;
  throw faultAt("start_at", "must be an RFC 3339 time such as 2026-01-31T12:00:00Z");
}
