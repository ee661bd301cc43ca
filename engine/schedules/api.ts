// What is asked of schedules, and answered.

import type { JsonObject } from "../../core/json.ts";
import type { ScheduleStatus } from "../../core/schedule-terms.ts";
import type {
  BackfillRequest,
  ScheduleChange,
  ScheduleRequest,
  TimesRequest,
} from "../contract/schedule.ts";

/** A schedule that a trigger makes, changes or leaves behind. */
export interface ScheduleChangeReport {
  name: string;
  change: "new" | "changed" | "unchanged" | "retired";
  status: ScheduleStatus;
  /** RFC 3339; absent when none comes. */
  next_at?: string;
}

/** A page of what became of a schedule's times; the newest time first. */
export interface FirePage {
  /** 1 to 1,000. */
  limit?: number | string | undefined;
  cursor?: string | undefined;
}

export interface BackfillReply extends JsonObject {
  schedule: string;
  /** Times that had a run already. */
  had_runs: number;
}

/** Why a backfill has ended before its last time: `fires` are those that have begun by then. */
export interface BrokenOff extends JsonObject {
  code: string;
  message: string;
}

/** When an expression has its next times: at most five. */
export interface CronTimes extends JsonObject {
  cron: string;
  timezone: string;
  /** RFC 3339; none when no more come. */
  next_times: string[];
}

/** A schedule is meant by its id or its name; NOT_FOUND when there is none. */
export interface ScheduleVerbs {
  /** CONFLICT when the name is taken. */
  create(request: ScheduleRequest): Promise<JsonObject>;
  get(schedule: string): Promise<JsonObject>;
  /** Of an expression, whether or not a schedule has it; VALIDATION_ERROR for none. */
  times(request: TimesRequest): Promise<CronTimes>;
  /** CONFLICT for what the template says of it. */
  update(schedule: string, change: ScheduleChange): Promise<JsonObject>;
  remove(schedule: string): Promise<{ id: string; name: string; deleted: true }>;
  /** Starts a run now. */
  run(schedule: string): Promise<JsonObject>;
  fires(
    schedule: string,
    page?: FirePage,
  ): Promise<{ fires: JsonObject[]; next_cursor?: string }>;
  /** Starts a run for each past time that has none. */
  backfill(schedule: string, request: BackfillRequest): Promise<BackfillReply>;
}
