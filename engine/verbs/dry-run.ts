// What a definition would become if it were stored: its report, its levels, and what it changes.

import { inSlices } from "../../core/slices.ts";
import { rfc3339 } from "../../core/clock.ts";
import { deepEqual } from "../../core/equal.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Rights } from "../access.ts";
import type { DefineRequest, DryRunReply } from "../api.ts";
import { check, NO_VERSION } from "./define.ts";
import { levels } from "../definition/dag.ts";
import { diff, type TemplateVersion } from "../definition/diff.ts";
import { listed } from "../definition/report.ts";
import type { StepTree } from "../definition/node.ts";
import type { Engine } from "./shared.ts";
import { isUnchanged } from "./same-template.ts";
import { type Trigger, triggerChanges } from "../schedules/triggers.ts";
import { goOnAfter } from "../schedules/goes-on.ts";
import { timed } from "./schedules.ts";
import { droppedParts } from "./dropped-parts.ts";
import { storedVersion } from "./stored-diff.ts";
import { formatVersion } from "../version.ts";

/** Stores nothing, and registers no agent; a definition with faults is an answer too. */
export async function dryRun(
  engine: Engine,
  request: DefineRequest,
  rights?: Rights,
): Promise<DryRunReply> {
  const { name, agentId, report, triggers } = await check(engine, request, rights);
  await engine.templates.refuseArchived(name, NO_VERSION);
  const latest = await engine.env.store.template(name, null);
  const { tree, errors } = report;
  const unchanged = errors.length === 0 && isUnchanged(request, latest);
  report.warnings.unshift(...droppedParts(request, latest));
  return {
    dry_run: true,
    name,
    version: formatVersion((latest?.version ?? 0) + (unchanged ? 0 : 1)),
    ...(unchanged && { unchanged }),
    report: listed(report),
    ...(tree && errors.length === 0 && { levels: levels(tree.top.nodes.map(({ step }) => step)) }),
    ...(errors.length === 0 && !unchanged &&
      await scheduleReports(engine, { template: name, agentId, triggers: triggers.cron })),
    ...(tree && {
      diff: {
        against: latest && formatVersion(latest.version),
        ...await inSlices(
          diff(latest && storedVersion(latest), asked(request, tree)),
          engine.slicing(),
        ),
      },
    }),
  };
}

async function scheduleReports(
  { env }: Engine,
  asked: { template: string; agentId: string; triggers: Trigger[] },
): Promise<Pick<DryRunReply, "schedules">> {
  const known = await env.store.triggersOf(asked.template);
  const now = env.clock.now();
  const after = await goOnAfter(env.store, known, now);
  const { changes } = triggerChanges({ ...asked, known, now, after }, timed);
  if (changes.length === 0) return {};
  return {
    schedules: changes.map(({ old, row }) => ({
      name: row.name,
      change: row.status === "retired"
        ? "retired"
        : old === null
        ? "new"
        : deepEqual({ ...old, updatedAt: 0 } as Json, { ...row, updatedAt: 0 } as Json)
        ? "unchanged"
        : "changed",
      status: row.status,
      ...(row.nextAt !== null && { next_at: rfc3339(row.nextAt) }),
    })),
  };
}

function asked(request: DefineRequest, tree: StepTree): TemplateVersion {
  const { description, input_schema, output_schema, triggers } = request;
  const { steps: _, ...fields } = request.definition as JsonObject;
  return {
    tree,
    fields: {
      ...fields,
      ...(description !== undefined && { description }),
      ...(input_schema && { input_schema }),
      ...(output_schema && { output_schema }),
      ...(triggers && { triggers }),
    },
  };
}
