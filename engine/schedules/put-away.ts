// What becomes of a template's schedules while it is archived.

import { OpcodeError } from "../../core/errors.ts";
import type { FireRow, ScheduleRow, Store } from "../store/store.ts";

/** Why they are paused; by it those are known that are at work again when the template is back. */
const ARCHIVED = "its template is archived";

const PAGE = 1_000;

/** A schedule as it was, and as it is then. */
export interface Changed {
  old: ScheduleRow;
  row: ScheduleRow;
}

export async function schedulesOf(store: Store, templateName: string): Promise<ScheduleRow[]> {
  const all: ScheduleRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listSchedules({ templateName, limit: PAGE, cursor });
    all.push(...page.rows);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

/** Those that were at work, paused. */
export function putAway(rows: readonly ScheduleRow[], now: number): Changed[] {
  return rows.filter(({ status }) => status === "active").map((old) => ({
    old,
    row: {
      ...old,
      status: "paused",
      reason: ARCHIVED,
      nextAt: null,
      queuedAt: null,
      updatedAt: now,
    },
  }));
}

/** Those that were paused so, at work again; `time`: gives one that is put to work its next time. */
export function takenBack(
  rows: readonly ScheduleRow[],
  now: number,
  time: (old: ScheduleRow) => ScheduleRow,
): Changed[] {
  return rows.filter(({ status, reason }) => status === "paused" && reason === ARCHIVED)
    .map((old) => ({ old, row: { ...atWork(old, time), updatedAt: now } }));
}

function atWork(old: ScheduleRow, time: (old: ScheduleRow) => ScheduleRow): ScheduleRow {
  try {
    return time(old);
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError)) throw thrown;
    return { ...old, status: "invalid", reason: thrown.message };
  }
}

/** What became of the runs that waited and do not begin any more; `reason`: in a word. */
export function dropped(changes: readonly Changed[], now: number, reason: string): FireRow[] {
  return changes.filter(({ old, row }) => old.queuedAt !== null && row.queuedAt === null)
    .map(({ old }) => ({
      scheduleId: old.id,
      dueAt: old.queuedAt!,
      cause: "cron",
      at: now,
      runNo: null,
      outcome: "skipped",
      detail: JSON.stringify({ reason }),
    }));
}
