// When a cron expression falls due, in its time zone.
//
// croner finds the next time that fits; what is read here first is the dialect: five fields, no L, W
// or #. When clocks are set ahead, a time that they leave out does not come; when they are set back, a
// time that comes twice counts once, unless the hour is `*` or steps through all of them.

import { Cron } from "croner";
import { CronError, type CronField, parseFields } from "./cron/fields.ts";
import { checkZone, wallTime } from "./cron/zones.ts";

export { CronError } from "./cron/fields.ts";

const UTC = "UTC";
/** Who waits longer waits for what never comes: leap days are eight years apart around 1900 and 2100. */
const HORIZON_YEARS = 9;
/** How far clocks are set back, ms: an hour, half of one on Lord Howe, two in Troll. */
const SET_BACK_MS = [30, 60, 120].map((minutes) => minutes * 60_000);
const ZONE = /^(?:CRON_)?TZ=(\S*)(\s+|$)/;

export interface CronSchedule {
  /** IANA name of the time zone. */
  readonly zone: string;
  /** The first time (epoch ms) after this one; null when none comes within nine years. */
  next(after: number): number | null;
}

/**
 * Reads `minute hour day-of-month month day-of-week`, before which a zone may stand as `TZ=Area/City `.
 * `zone`: where none stands there. Throws CronError, also for what never comes (30 February).
 */
export function parseCron(text: string, zone: string = UTC): CronSchedule {
  const prefix = ZONE.exec(text);
  if (prefix) zone = prefix[1]!;
  try {
    checkZone(zone);
  } catch (thrown) {
    const position = prefix ? text.indexOf("=") + 2 : 1;
    throw new CronError((thrown as Error).message, { field: "timezone", position });
  }
  const start = prefix ? prefix[0].length : 0;
  let fields: CronField[];
  try {
    fields = parseFields(text.slice(start));
  } catch (thrown) {
    if (!(thrown instanceof CronError) || start === 0) throw thrown;
    const { field, position } = thrown;
    throw new CronError(thrown.message, { ...(field && { field }), position: position + start });
  }
  const pattern = fields.map(({ any, values }) => (any ? "*" : values.join(","))).join(" ");
  const cron = new Cron(pattern, { mode: "5-part", timezone: zone, paused: true });
  const schedule = { zone, next: (after: number) => next(cron, fields[1]!, zone, after) };
  const comes = Date.UTC(2000, 0, 1);
  if (schedule.next(comes) === null) {
    throw new CronError("never comes: no such day is in any of its months", {
      position: start + 1,
    });
  }
  return schedule;
}

function next(cron: Cron, hour: CronField, zone: string, after: number): number | null {
  const end = new Date(after);
  end.setUTCFullYear(end.getUTCFullYear() + HORIZON_YEARS);
  // croner looks from the next second on.
  let from = new Date(Math.floor(after / 1_000) * 1_000);
  for (;;) {
    const found = cron.nextRun(from);
    if (found === null || found > end) return null;
    // Set ahead: croner answers the first time after the gap.
    if (cron.match(found) && (hour.everyHour || !isRepeated(zone, found.getTime()))) {
      return found.getTime();
    }
    from = found;
  }
}

/** Whether the clocks have shown this time before, and were set back since. */
function isRepeated(zone: string, at: number): boolean {
  const wall = wallTime(zone, at);
  return SET_BACK_MS.some((ms) => wallTime(zone, at - ms) === wall);
}
