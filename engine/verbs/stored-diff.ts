// What two stored versions of a template differ in.

import { rfc3339 } from "../../core/clock.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import { inSlices } from "../../core/slices.ts";
import { diff, type TemplateVersion } from "../definition/diff.ts";
import { buildTree } from "../definition/tree.ts";
import type { WorkflowDefinition } from "../definition/types.ts";
import type { Engine } from "./shared.ts";
import type { TemplateRow } from "../store/store.ts";
import { formatVersion, parseVersion } from "../version.ts";

/**
 * The version as a row of a list, with `diff` in the place of its definition: what it adds, removes and
 * changes of the version that it is held against. NOT_FOUND when one of them is not there.
 */
export async function storedDiff(
  engine: Engine,
  asked: { name: string; version: string; against: string },
): Promise<JsonObject> {
  const { templates } = engine;
  const now = await templates.row(asked.name, parseVersion(asked.version));
  const before = await templates.row(asked.name, parseVersion(asked.against));
  const found = await inSlices(diff(storedVersion(before), storedVersion(now)), engine.slicing());
  return {
    name: now.name,
    version: formatVersion(now.version),
    ...(now.description !== null && { description: now.description }),
    diff: { against: formatVersion(before.version), ...found } as object as JsonObject,
    agent_id: now.agentId,
    created_at: rfc3339(now.createdAt),
    ...(now.archivedAt !== null && { archived_at: rfc3339(now.archivedAt) }),
  };
}

/** What of a stored version is compared. */
export function storedVersion(row: TemplateRow): TemplateVersion {
  const definition = parseJson<WorkflowDefinition>(row.definition);
  const { steps: _, ...written } = definition;
  const fields: JsonObject = written;
  const parts = {
    input_schema: row.inputSchema,
    output_schema: row.outputSchema,
    triggers: row.triggers,
  };
  for (const [name, text] of Object.entries(parts)) {
    if (text !== null) fields[name] = parseJson(text);
  }
  if (row.description !== null) fields.description = row.description;
  return { tree: buildTree(definition), fields };
}
