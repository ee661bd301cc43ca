// What `opcode prune` does: removes runs that have ended, or tells which would go.

import { systemClock } from "../../core/clock.ts";
import type { PruneReply, PruneRequest } from "../../engine/api.ts";
import { pruneReply, wantedPolicy } from "../../engine/retention/prune.ts";
import { Sweeper } from "../../engine/retention/sweeper.ts";
import type { Settings } from "../../server/settings/load.ts";
import { retentionOf } from "../../server/settings/retention.ts";
import { counted } from "../counted.ts";
import type { GlobalFlags } from "../context.ts";
import { withDatabase } from "../database.ts";
import { printJson, printLine } from "../print.ts";
import { daemonOrDatabase } from "../upkeep-place.ts";

export interface PruneFlags extends GlobalFlags {
  olderThan?: string;
  maxRuns?: string;
  dryRun?: boolean;
}

export async function prune(flags: PruneFlags): Promise<number> {
  const { olderThan, maxRuns, dryRun } = flags;
  const request = {
    ...(olderThan !== undefined && { older_than: olderThan }),
    ...(maxRuns !== undefined && { max_runs: Number(maxRuns) }),
    ...(dryRun && { dry_run: true }),
  };
  const reply = await daemonOrDatabase<PruneReply>(flags, {
    daemon: async (client) => await client.post("/api/v1/prune", request) as never,
    database: (settings) => pruneHere(settings, request),
  });
  if (flags.json) printJson(reply);
  else printLine(told(reply));
  return 0;
}

async function pruneHere(settings: Settings, request: PruneRequest): Promise<PruneReply> {
  const policy = wantedPolicy(request, retentionOf(settings));
  return await withDatabase(settings, async ({ store }) => {
    const began = performance.now();
    const dryRun = request.dry_run === true;
    const swept = await new Sweeper({ store, clock: systemClock }).sweep(policy, { dryRun });
    return pruneReply(swept, { dryRun, ms: performance.now() - began });
  });
}

function told({ dry_run, runs, emptied_runs, events, stopped }: PruneReply): string {
  const emptied = emptied_runs === 0
    ? ""
    : `, and all but the end of ${counted(emptied_runs, "run")}` +
      (dry_run ? "" : ", which something refers to or the settings keep");
  const verb = dry_run ? "would remove" : "removed";
  const cut = stopped ? "; it was stopped before it was through: ask again" : "";
  return `${verb} ${counted(runs, "run")}${emptied}, with ${counted(events, "event")}${cut}`;
}
