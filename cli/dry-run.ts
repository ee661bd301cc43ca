// How a dry run and a comparison read on a terminal: levels of steps, and what a version changes.

import type { Json } from "../core/json.ts";
import type { DryRunReply, TemplateDiff } from "../engine/api.ts";
import { visible } from "./print.ts";

/** Lines for standard output; the report's issues are not among them. */
export function dryRunLines(reply: DryRunReply): string[] {
  const { name, version, unchanged, report, levels, diff } = reply;
  const would = unchanged ? `would stay ${version}` : `would be ${version}`;
  const fate = report.errors ? "is not valid" : would;
  return [
    `${visible(name)} ${fate}; nothing is stored`,
    ...(levels ?? []).map((ids, i) => `level ${i + 1}: ${ids.map(visible).join(", ")}`),
    ...(diff ? diffLines(diff) : []),
  ];
}

/** What it changes of the version that it is held against; none of a first version. */
export function diffLines(diff: TemplateDiff): string[] {
  // Everything is new in a first version.
  if (diff.against === null) return [];
  const lines = [
    ...diff.added.map((id) => `  + ${visible(id)}`),
    ...diff.removed.map((id) => `  - ${visible(id)}`),
    ...diff.changed.flatMap(({ step_id, fields }) => [
      `  ~ ${visible(step_id)}: ${listed(fields)}`,
      ...valueLines(diff, step_id),
    ]),
    ...(diff.workflow.length > 0 ? [`  workflow: ${listed(diff.workflow)}`] : []),
    ...valueLines(diff, undefined),
    ...(diff.values_left_out ? [`  and ${diff.values_left_out} more values`] : []),
    ...(diff.truncated ? ["  and more"] : []),
  ];
  if (lines.length === 0) return [`the same as ${diff.against}`];
  return [`against ${diff.against}:`, ...lines];
}

/** `path: old → new`, of one step or of what is around all. */
function valueLines({ values = [] }: TemplateDiff, stepId: string | undefined): string[] {
  return values.filter(({ step_id }) => step_id === stepId).map((value) =>
    `      ${visible(value.path)}: ${side(value.old)} → ${side(value.new)}`
  );
}

function side(value: Json | undefined): string {
  return value === undefined ? "(not there)" : visible(JSON.stringify(value));
}

function listed(names: string[]): string {
  return names.map(visible).join(", ");
}
