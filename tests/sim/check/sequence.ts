// Whether a run's log has no gap, and its events came one after the other.

import type { RunRecord } from "../../../engine/store/store.ts";

export function checkSequence({ run, events }: RunRecord): string[] {
  const found: string[] = [];
  events.forEach(({ seq, id }, i) => {
    if (seq !== i + 1) found.push(`event ${i + 1} has the sequence number ${seq}`);
    if (i > 0 && id <= events[i - 1]!.id) {
      found.push(`event ${seq} was committed before ${seq - 1}`);
    }
  });
  const last = events.at(-1)?.seq ?? 0;
  if (run.lastSeq !== last) found.push(`the run's last sequence is ${run.lastSeq}, not ${last}`);
  return found;
}
