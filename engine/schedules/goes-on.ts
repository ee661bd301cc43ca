// After which time a schedule goes on that was not at work: a clock that was set back brings no time twice.

import type { ScheduleRow, Store } from "../store/store.ts";

/** Times further ahead are those of a clock that was wrong: a schedule does not wait for them. */
const MOST_AHEAD_MS = 24 * 3_600_000;

/** Now, or the last of its times that came already although they lie ahead; epoch ms. */
export async function goesOnAfter(
  store: Store,
  { id }: Pick<ScheduleRow, "id">,
  now: number,
): Promise<number> {
  const { rows: [last] } = await store.listFires({ scheduleId: id, since: now, limit: 1 });
  return last && last.dueAt - now <= MOST_AHEAD_MS ? last.dueAt : now;
}

/** The same of several, by id. */
export async function goOnAfter(
  store: Store,
  rows: readonly ScheduleRow[],
  now: number,
): Promise<ReadonlyMap<string, number>> {
  const times = rows.map(async (row) => [row.id, await goesOnAfter(store, row, now)] as const);
  return new Map(await Promise.all(times));
}
