// Which schedules a story has: times that a checker can count by itself, and what they do when late.

import type { CatchUp, Overlap } from "../../../core/schedule-terms.ts";
import { CATCH_UPS, OVERLAPS } from "../../../core/schedule-terms.ts";
import type { Draw } from "../../support/generate/values.ts";
import { weighted } from "./place.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface SimSchedule {
  name: string;
  template: string;
  agentId: string;
  cron: string;
  /** Its times (epoch ms, UTC) are the multiples of this, and so much more. */
  everyMs: number;
  offsetMs: number;
  overlap: Overlap;
  catchUp: CatchUp;
  jitterMs: number;
  /** So long after it was asked for, the last time is over. */
  lastsMs: number;
  maxRuns: number;
}

/** None in more than half of the stories. Each comes to its end, so that its world may. */
export function someSchedules(draw: Draw): SimSchedule[] {
  if (!draw.chance(0.45)) return [];
  return Array.from({ length: draw.chance(0.3) ? 2 : 1 }, (_, i) => {
    const [cron, everyMs, offsetMs, most] = weighted(draw, [
      [["* * * * *", MINUTE, 0, 30] as const, 6],
      [["2-59/5 * * * *", 5 * MINUTE, 2 * MINUTE, 12] as const, 3],
      [["0 * * * *", HOUR, 0, 6] as const, 2],
      [["30 2 * * *", DAY, 2.5 * HOUR, 3] as const, 1],
    ]);
    const isLong = everyMs === MINUTE && draw.chance(0.15);
    return {
      name: `schedule-${i}`,
      template: "main",
      agentId: "planner",
      cron,
      everyMs,
      offsetMs,
      overlap: draw.pick(OVERLAPS),
      catchUp: draw.pick(CATCH_UPS),
      jitterMs: draw.chance(0.25) ? draw.int(1, 90) * 1_000 : 0,
      lastsMs: everyMs * (isLong ? 200 : draw.int(2, most)),
      maxRuns: draw.int(1, 4),
    };
  });
}
