// Whether what was counted with the commits is what there is.

import { isDeepStrictEqual } from "node:util";
import { HAPPENED, noTallies } from "../../../engine/store/counts.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";
import type { Store } from "../../../engine/store/store.ts";
import type { Evidence } from "./evidence.ts";

/** What each run logs as often as it is counted. */
const LOGGED: Readonly<Record<"completed" | "failed", EventType>> = {
  completed: "workflow_completed",
  failed: "workflow_failed",
};

export async function checkCounts(
  store: Store,
  evidence: readonly Pick<Evidence, "record" | "decisions">[],
): Promise<string[]> {
  // A clock that was set back leaves events later than all that their runs say.
  const times = evidence.flatMap(({ record: { run, events } }) => [
    ...[run.createdAt, run.updatedAt],
    ...events.map(({ at }) => at),
  ]);
  const earliest = times.reduce((a, b) => Math.min(a, b), Infinity);
  const latest = times.reduce((a, b) => Math.max(a, b), -Infinity);
  // All time is one stretch; what is older than the newest by 32 days is not kept.
  const days = [floor(earliest), floor(latest) + QUARTER_MS];
  const counted = await store.counts({ minutes: [], days });
  const found: string[] = [];
  const tallies = noTallies();
  const happened = { started: evidence.length, completed: 0, failed: 0 };
  for (const { record, decisions } of evidence) {
    tallies[record.run.status]++;
    tallies.decisions += decisions.filter(({ status }) => status === "pending").length;
    for (const what of ["completed", "failed"] as const) {
      happened[what] += record.events.filter(({ type }) => type === LOGGED[what]).length;
    }
  }
  const compare = (what: string, rows: unknown, counts: unknown) => {
    if (isDeepStrictEqual(rows, counts)) return;
    found.push(`${what}: ${JSON.stringify(counts)} are counted, ${JSON.stringify(rows)} there`);
  };
  compare("runs by status", tallies, counted.tallies);
  const { at: _, ...ofDays } = counted.days[0] ?? { at: 0, started: 0, completed: 0, failed: 0 };
  const isKept = days[1]! - days[0]! < MOST_KEPT_MS;
  if (isKept) { for (const what of HAPPENED) compare(what, happened[what], ofDays[what]); }
  return found;
}

const QUARTER_MS = 900_000;
const MOST_KEPT_MS = 30 * 24 * 3_600_000;

function floor(at: number): number {
  return at - at % QUARTER_MS;
}
