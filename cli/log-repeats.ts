// Which log lines of the daemon itself say again what a newer one says: a busy machine has many.

import type { JsonObject } from "../core/json.ts";

export interface ToldLine {
  entry: JsonObject;
  /** Older lines that say the same and are left out. */
  left: number;
}

/**
 * The lines in their order, of those with the same message and level only the newest. Lines of runs
 * stay: each is about something else.
 */
export function withoutRepeats(entries: readonly JsonObject[]): ToldLine[] {
  const newest = new Map<string, ToldLine>();
  const told: ToldLine[] = [];
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]!;
    const key = entry.workflow_id === undefined ? `${entry.level} ${entry.msg}` : "";
    const newer = key === "" ? undefined : newest.get(key);
    if (newer) {
      newer.left++;
      continue;
    }
    const line = { entry, left: 0 };
    if (key !== "") newest.set(key, line);
    told.push(line);
  }
  return told.reverse();
}
