// When a cron expression would have its next times, of which no schedule is made.

import type { Clock } from "../../core/clock.ts";
import { rfc3339 } from "../../core/clock.ts";
import { faultAt } from "../../core/fault-at.ts";
import type { CronTimes } from "../api.ts";
import type { TimesRequest } from "../contract/schedule.ts";
import { MOST_TIMES } from "../schedules/report.ts";
import { NO_RULES, readCron, readRules } from "../schedules/terms.ts";

const at = (member: string) => member;

/** The next five; VALIDATION_ERROR that names the member. */
export function cronTimes(clock: Clock, { cron, timezone }: TimesRequest): CronTimes {
  if (cron === undefined) throw faultAt("cron", "is required");
  const rules = readRules({ cron, timezone }, NO_RULES, at);
  const schedule = readCron(rules, at);
  const times: number[] = [];
  while (times.length < MOST_TIMES) {
    const next = schedule.next(times.at(-1) ?? clock.now());
    if (next === null) break;
    times.push(next);
  }
  return { cron: rules.cron, timezone: rules.timezone, next_times: times.map(rfc3339) };
}
