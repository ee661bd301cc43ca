// What the store in memory counts: by going through all that there is, as no real one may.

import {
  type Counts,
  EVERYBODY,
  type Happenings,
  KEPT_MS,
  noHappenings,
  noTallies,
  type Span,
  SPAN_MS,
  type Stretches,
  type Tallies,
} from "../../engine/store/counts.ts";
import type { MemoryState } from "./memory-state.ts";

export function counts(state: MemoryState, { minutes, days }: Stretches): Counts {
  return {
    tallies: talliesOf(state, EVERYBODY),
    minutes: happenings(state, "minute", minutes),
    days: happenings(state, "quarter", days),
  };
}

export function talliesOf({ runs, decisions }: MemoryState, agentId: string): Tallies {
  const found = noTallies();
  const isOf = (id: string) => agentId === EVERYBODY || agentId === id;
  for (const run of runs.values()) if (isOf(run.agentId)) found[run.status]++;
  for (const row of [...decisions.values()].flatMap((ofRun) => [...ofRun.values()])) {
    const asked = row.targetAgentId ?? row.agentId;
    if (row.status === "pending" && isOf(asked)) found.decisions++;
  }
  return found;
}

function happenings(
  { happened }: MemoryState,
  span: Span,
  bounds: readonly number[],
): Happenings[] {
  const found = noHappenings(bounds);
  const newest = happened.reduce((latest, { at }) => Math.max(latest, at), 0);
  const kept = newest - newest % SPAN_MS.quarter - KEPT_MS[span];
  return found.map((stretch, i) => {
    const next = bounds[i + 1]!;
    const count = { ...stretch };
    for (const { what, at } of happened) {
      if (at >= Math.max(stretch.at, kept) && at < next) count[what]++;
    }
    return count;
  });
}
