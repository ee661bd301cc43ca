// Which times of a schedule have a run already, however long ago they were.

import type { EngineEnv } from "../engine-env.ts";
import type { StoredFire } from "../store/store.ts";

/** Rows of one read. */
const PAGE = 1_000;

/** Those from the first to the last of them that have a run: what came later does not count. */
export async function timesWithRuns(
  { store }: Pick<EngineEnv, "store">,
  scheduleId: string,
  [since, until]: [number, number],
): Promise<Set<number>> {
  const found = new Set<number>();
  let cursor: string | undefined;
  do {
    const filter = { scheduleId, since, until, limit: PAGE, cursor };
    const { rows, next } = await store.listFires(filter);
    for (const row of rows) if (hasRun(row)) found.add(row.dueAt);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

function hasRun({ outcome }: StoredFire): boolean {
  return outcome === "started" || outcome === "queued";
}
