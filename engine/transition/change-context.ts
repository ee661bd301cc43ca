// How a run's stored context changes.

import { setOwn } from "../../core/copy.ts";
import { faultAt } from "../../core/fault-at.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { intentOf } from "../state/context.ts";
import { contextDataOf } from "../state/unsealed.ts";
import type { Turn } from "./turn.ts";

/** Characters of the accumulated data as JSON: all of it is written with a turn that changes it. */
const LARGEST_CONTEXT = 4 * 1024 * 1024;

/**
 * Throws VALIDATION_ERROR when the accumulated data would become too large with these changes, and
 * VAULT_ERROR when it cannot be read. Costs what the changes are, not what was there before.
 */
export function refuseLargeContext(turn: Turn, changes: (JsonObject | undefined)[]): void {
  const given = changes.filter((change) => change !== undefined);
  if (given.length === 0) return;
  const { run } = turn;
  const sizes = sizesOf(turn);
  const changed = new Map(given.flatMap((change) => Object.entries(change)));
  let size = run.contextSize;
  for (const [key, value] of changed) size += sizeOf(turn, key, value) - (sizes.get(key) ?? 0);
  if (size <= LARGEST_CONTEXT) return;
  throw faultAt("context", `its data must have at most ${LARGEST_CONTEXT} characters as JSON`);
}

/** Characters of each member of the accumulated data; measured once when a run has been loaded. */
function sizesOf(turn: Turn): Map<string, number> {
  const { run } = turn;
  const data = contextDataOf(run);
  if (run.contextSizes) return run.contextSizes;
  const sizes = new Map(
    Object.entries(data).map(([key, value]) => [key, sizeOf(turn, key, value)] as const),
  );
  // Its braces.
  run.contextSize = 2;
  for (const size of sizes.values()) run.contextSize += size;
  return run.contextSizes = sizes;
}

/** What a member takes with its comma, in characters. */
function sizeOf({ env }: Turn, key: string, value: Json): number {
  return env.encoder.text(key).length + env.encoder.text(value).length + 2;
}

/**
 * Merges into the accumulated data (shallow) and replaces the notes, if given; keeps the rest. It is
 * written once, at the end of the turn, however many changes the turn brings.
 */
export function applyContextChange(
  turn: Turn,
  change: { data?: JsonObject | undefined; agentNotes?: string | undefined },
): void {
  const { run } = turn;
  if (change.data) mergeData(turn, change.data);
  run.context = {
    runNo: run.row.runNo,
    agentId: run.row.agentId,
    originalIntent: intentOf(run),
    data: run.context?.data ?? null,
    agentNotes: turn.masked(change.agentNotes) ?? run.context?.agentNotes ?? null,
    createdAt: run.context?.createdAt ?? turn.now,
    updatedAt: turn.now,
  };
  // Notes alone change nothing of the data, which is perhaps masked yet.
  turn.contextChange = change.data || turn.contextChange === "data" ? "data" : "notes";
}

function mergeData(turn: Turn, data: JsonObject): void {
  const { run } = turn;
  const sizes = sizesOf(turn);
  // What somebody has been given must stay as it was.
  if (run.contextShared) run.contextData = { ...run.contextData };
  run.contextShared = false;
  for (const [key, value] of Object.entries(data)) {
    const size = sizeOf(turn, key, value);
    run.contextSize += size - (sizes.get(key) ?? 0);
    sizes.set(key, size);
    setOwn(run.contextData, key, value);
  }
}
