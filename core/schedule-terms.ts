// Which words schedules use: how one stands, what it does when it cannot keep to its times, what came of one.

/** `invalid`: what is stored of it cannot be read; `retired`: its trigger is gone from the template. */
export const SCHEDULE_STATUSES = ["active", "paused", "ended", "invalid", "retired"] as const;
export type ScheduleStatus = (typeof SCHEDULE_STATUSES)[number];

/** While a run of the schedule is not over: no other, one that waits for it, or one beside it. */
export const OVERLAPS = ["skip", "queue", "allow"] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** Of the times that nobody was there for: none, the last, or all has a run. */
export const CATCH_UPS = ["none", "one", "all"] as const;
export type CatchUp = (typeof CATCH_UPS)[number];

/** Its time; a time that was missed; somebody asked for a run; somebody asked for past times. */
export const FIRE_CAUSES = ["cron", "missed", "manual", "backfill"] as const;
export type FireCause = (typeof FIRE_CAUSES)[number];

export const FIRE_OUTCOMES = ["started", "skipped", "queued", "failed"] as const;
export type FireOutcome = (typeof FIRE_OUTCOMES)[number];
