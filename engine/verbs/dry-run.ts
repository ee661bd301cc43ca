// What a definition would become if it were stored: its report, its levels, and what it changes.

import { inSlices } from "../../core/slices.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Rights } from "../access.ts";
import type { DefineRequest, DryRunReply } from "../api.ts";
import { check } from "./define.ts";
import { levels } from "../definition/dag.ts";
import { diff, type TemplateVersion } from "../definition/diff.ts";
import { listed } from "../definition/report.ts";
import type { StepTree } from "../definition/node.ts";
import type { Engine } from "./shared.ts";
import { isUnchanged } from "./same-template.ts";
import { storedVersion } from "./stored-diff.ts";
import { formatVersion } from "../version.ts";

/** Stores nothing, and registers no agent; a definition with faults is an answer too. */
export async function dryRun(
  engine: Engine,
  request: DefineRequest,
  rights?: Rights,
): Promise<DryRunReply> {
  const { name, report } = await check(engine, request, rights);
  const latest = await engine.env.store.template(name, null);
  const { tree, errors } = report;
  const unchanged = errors.length === 0 && isUnchanged(request, latest);
  return {
    dry_run: true,
    name,
    version: formatVersion((latest?.version ?? 0) + (unchanged ? 0 : 1)),
    ...(unchanged && { unchanged }),
    report: listed(report),
    ...(tree && errors.length === 0 && { levels: levels(tree.top.nodes.map(({ step }) => step)) }),
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
