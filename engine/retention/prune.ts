// What may be asked to be removed at once, and what is told of it.

import { parseAge } from "../../core/duration.ts";
import { faultAt } from "../../core/fault-at.ts";
import type { PruneReply, PruneRequest } from "../api.ts";
import { KEEP_ALL, keepsAll, type RetentionPolicy } from "./policy.ts";
import type { Swept } from "./sweeper.ts";

/** What a request means: what it names alone, or all that the settings do; VALIDATION_ERROR otherwise. */
export function wantedPolicy(request: PruneRequest, settings: RetentionPolicy): RetentionPolicy {
  const { older_than, max_runs } = request;
  if (older_than === undefined && max_runs === undefined) {
    if (!keepsAll(settings)) return settings;
    throw faultAt("older_than", "is required, or max_runs: the settings keep all runs for ever");
  }
  if (max_runs !== undefined && !(Number.isSafeInteger(max_runs) && max_runs >= 1)) {
    throw faultAt("max_runs", "must be a whole number from 1 on");
  }
  return { ...KEEP_ALL, terminalMs: ageOf(older_than), maxRuns: max_runs ?? null };
}

function ageOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  try {
    return parseAge(text);
  } catch (error) {
    throw faultAt("older_than", (error as Error).message);
  }
}

export function pruneReply(
  { whole, texts, events, fires, pages, heldMs, through }: Swept,
  { dryRun, ms }: { dryRun: boolean; ms: number },
): PruneReply {
  return {
    ...(dryRun && { dry_run: true }),
    runs: whole,
    emptied_runs: texts,
    events,
    ...(!dryRun && { fires, pages_returned: pages, longest_ms: Math.ceil(heldMs) }),
    ...(!through && { stopped: true }),
    took_ms: Math.round(ms),
  };
}
