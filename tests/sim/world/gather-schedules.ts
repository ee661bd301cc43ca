// What the checker is shown of each schedule of a world: rows straight from the disk.

import {
  NO_RUN,
  type RunRecord,
  type Store,
  type StoredFire,
} from "../../../engine/store/store.ts";
import type { ScheduleEvidence } from "../check/schedules.ts";
import type { World } from "./world.ts";

/** Beyond all times, and an integer in every store. */
const EVER = Number.MAX_SAFE_INTEGER;

export async function gatherSchedules(
  { timetable, now, setBackMs, scheduler: { jumps } }: World,
  store: Store,
  runs: readonly RunRecord[],
): Promise<ScheduleEvidence[]> {
  const { timers } = await store.dueTimers(EVER, 1_000_000);
  const found: ScheduleEvidence[] = [];
  for (const terms of timetable.schedules) {
    const row = await store.scheduleByName(terms.name);
    // A world that broke off before it was made is found wrong by itself.
    if (row === null) continue;
    const fires: StoredFire[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.listFires({
        scheduleId: row.id,
        limit: 100,
        ...(cursor && { cursor }),
      });
      fires.push(...page.rows);
      cursor = page.next;
    } while (cursor !== null);
    found.push({
      terms,
      ends: timetable.endsOf(terms),
      row,
      fires: fires.reverse(),
      runs,
      timers: timers.filter(({ runNo, key }) => runNo === NO_RUN && key.endsWith(`:${row.id}`))
        .map(({ key, dueAt }) => ({ key, dueAt })),
      pauses: timetable.pauses.filter(({ name }) => name === terms.name),
      now,
      setBackMs,
      jumps,
    });
  }
  return found;
}
