// Which runs processes of the in-memory store may die of: noted by each, and counted once it is gone.

import type { Suspect } from "../../engine/store/store.ts";
import type { MemoryNodes } from "./memory-nodes.ts";
import type { MemoryState } from "./memory-state.ts";

/** All, with the deaths of processes that are gone; without nodes: of those that have noted anything. */
export function suspectsIn({ suspects, runs }: MemoryState, nodes: MemoryNodes | null): Suspect[] {
  for (const suspect of suspects.values()) {
    const { by, doing, deaths } = suspect;
    if (doing === null || (nodes !== null && by !== null && nodes.isCurrent(by))) continue;
    Object.assign(suspect, { deaths: deaths + 1, reason: doing, doing: null, by: null });
  }
  return [...suspects].filter(([, { deaths }]) => deaths > 0)
    .map(([runNo, { deaths, reason }]) => ({ runNo, id: runs.get(runNo)!.id, deaths, reason }))
    .sort((a, b) => a.runNo - b.runNo);
}
