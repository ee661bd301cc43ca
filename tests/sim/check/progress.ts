// Whether a run's log only grew between two readings.

import { isDeepStrictEqual } from "node:util";
import type { RunRecord } from "../../../engine/store/store.ts";

/** What is wrong with the later log: it must begin with the whole of the earlier one. */
export function checkProgress(before: RunRecord, after: RunRecord): string[] {
  const found: string[] = [];
  before.events.forEach((event, i) => {
    const later = after.events[i];
    if (!later) found.push(`event ${event.seq} (${event.type}) is gone`);
    else if (!isDeepStrictEqual({ ...event }, { ...later })) {
      found.push(
        `event ${event.seq} was ${event.type} and is ${later.type}, or its payload changed`,
      );
    }
  });
  if (before.run.id !== after.run.id) found.push("these are two runs");
  return found;
}
