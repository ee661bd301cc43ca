// Which rules a schedule has been given: each member checked, a wrong one named.

import { rfc3339 } from "../../core/clock.ts";
import { parseDuration } from "../../core/duration.ts";
import { faultAt } from "../../core/fault-at.ts";
import { isObject, type Json } from "../../core/json.ts";
import { parseMoment } from "../../core/moment.ts";
import { nearest } from "../../core/nearest.ts";
import { CATCH_UPS, OVERLAPS } from "../../core/schedule-terms.ts";
import { CronError, type CronSchedule, parseCron } from "../../embed/cron.ts";
import { LONGEST_JITTER_MS } from "../contract/schedule.ts";
import type { ScheduleRow } from "../store/store.ts";

/** Characters of an expression: one that lists all there is in each field has half of it. */
const LONGEST_CRON = 1_000;
const LONGEST_ZONE = 100;
const LONGEST_DURATION = 100;

/** The members as somebody gave them; undefined: not at all. */
export type Given = Readonly<Record<string, Json | undefined>>;

/** What a row has of them. */
export type Rules = Pick<
  ScheduleRow,
  "cron" | "timezone" | "overlap" | "catchUp" | "jitterMs" | "endsAt" | "maxRuns" | "params"
>;

export const NO_RULES: Rules = {
  cron: "",
  timezone: "UTC",
  overlap: "skip",
  catchUp: "one",
  jitterMs: 0,
  endsAt: null,
  maxRuns: null,
  params: "{}",
};

/**
 * The rules `old` with what is given in their place. `at`: how whoever gave it calls a member. Throws
 * VALIDATION_ERROR that names it, of an expression with `details.position`, in characters from 1.
 */
export function readRules(given: Given, old: Rules, at: (member: string) => string): Rules {
  const rules = { ...old };
  if (given.cron !== undefined) rules.cron = text(given.cron, at("cron"), LONGEST_CRON);
  if (given.timezone !== undefined) {
    rules.timezone = text(given.timezone, at("timezone"), LONGEST_ZONE);
  }
  if (given.overlap !== undefined) rules.overlap = oneOf(given.overlap, OVERLAPS, at("overlap"));
  if (given.catch_up !== undefined) {
    rules.catchUp = oneOf(given.catch_up, CATCH_UPS, at("catch_up"));
  }
  if (given.jitter !== undefined) rules.jitterMs = jitterOf(given.jitter, at("jitter"));
  if (given.end_at !== undefined) rules.endsAt = momentOf(given.end_at, at("end_at"));
  if (given.max_runs !== undefined) rules.maxRuns = countOf(given.max_runs, at("max_runs"));
  if (given.params !== undefined) {
    if (!isObject(given.params)) throw faultAt(at("params"), "must be an object");
    rules.params = JSON.stringify(given.params);
  }
  if (given.cron !== undefined || given.timezone !== undefined) readCron(rules, at);
  return rules;
}

/** The times of these rules; VALIDATION_ERROR that names the member and, in `details`, the position. */
export function readCron(
  { cron, timezone }: Pick<Rules, "cron" | "timezone">,
  at: (member: string) => string,
): CronSchedule {
  try {
    return parseCron(cron, timezone);
  } catch (thrown) {
    if (!(thrown instanceof CronError)) throw thrown;
    const { field, position, message } = thrown;
    const isZone = field === "timezone" && !/^(?:CRON_)?TZ=/.test(cron);
    if (isZone) throw faultAt(at("timezone"), message);
    throw faultAt(at("cron"), `${message} (position ${position})`, {
      position,
      ...(field !== undefined && { cron_field: field }),
    });
  }
}

function text(value: Json, path: string, longest: number): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw faultAt(path, "must be a non-empty string");
  }
  if (value.length > longest) throw faultAt(path, `must have at most ${longest} characters`);
  return value.trim();
}

function oneOf<T extends string>(value: Json, allowed: readonly T[], path: string): T {
  if (allowed.includes(value as T)) return value as T;
  const near = typeof value === "string" ? nearest(value, allowed) : undefined;
  throw faultAt(
    path,
    `must be one of ${allowed.join(", ")}${near === undefined ? "" : `; did you mean "${near}"?`}`,
  );
}

function jitterOf(value: Json, path: string): number {
  let ms: number;
  try {
    ms = parseDuration(text(value, path, LONGEST_DURATION));
  } catch (thrown) {
    throw faultAt(path, (thrown as Error).message);
  }
  if (ms > LONGEST_JITTER_MS) throw faultAt(path, "must be at most 24h");
  return Math.round(ms);
}

function momentOf(value: Json, path: string): number | null {
  if (value === null) return null;
  const moment = typeof value === "string" ? parseMoment(value) : undefined;
  if (moment !== undefined) return moment;
  throw faultAt(path, `must be an RFC 3339 time such as ${rfc3339(0).replace(".000", "")}`);
}

function countOf(value: Json, path: string): number | null {
  if (value === null) return null;
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw faultAt(path, "must be a whole number from 1 on");
}
