// What a run's stored context holds, who may read it, and how it changes.

import { faultAt } from "../../core/fault-at.ts";
import { OpcodeError } from "../../core/errors.ts";
import { rfc3339 } from "../../core/clock.ts";
import { setOwn } from "../../core/copy.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isStorable } from "../../core/text.ts";
import type { Sealer } from "../vault/sealer.ts";
import type { Secrets } from "../vault/secrets.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { CONTEXT_SLOT } from "../secrecy/sealed.ts";
import { type ContextRow, NO_OUTPUTS, type Store } from "../store/store.ts";
import type { RunState } from "./state.ts";
import type { Turn } from "../transition/turn.ts";
import { contextDataOf } from "./unsealed.ts";

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

/** Hands the changed context over, at the end of a turn. */
export function writeContext(turn: Turn, change: "data" | "notes"): void {
  const { run } = turn;
  const row: ContextRow = { ...run.context!, data: turn.text(run.contextData) };
  run.context = row;
  turn.handOver.contexts = [row];
  if (change === "data") turn.sealSlot(CONTEXT_SLOT, run.contextData);
}

/** What `${{context.*}}` sees, as it stays: the definition's context under the accumulated data. */
export function keptContext(run: RunState): JsonObject {
  const data = contextDataOf(run);
  run.contextShared = true;
  for (const _ in run.plan.context) return { ...run.plan.context, ...data };
  return data;
}

/** The same for who reads it at once: no member costs more than itself, whatever changes meanwhile. */
export function contextNow(run: RunState): JsonObject {
  const data = contextDataOf(run);
  for (const _ in run.plan.context) return layered(run.plan.context, data);
  return data;
}

/** `{...under, ...over}`, without being made. */
function layered(under: JsonObject, over: JsonObject): JsonObject {
  const layerOf = (key: string | symbol) =>
    Object.hasOwn(over, key) ? over : Object.hasOwn(under, key) ? under : undefined;
  return new Proxy<JsonObject>({}, {
    get: (target, key) => Reflect.get(layerOf(key) ?? target, key),
    has: (target, key) => layerOf(key) !== undefined || Reflect.has(target, key),
    ownKeys: () => Reflect.ownKeys({ ...under, ...over }),
    getOwnPropertyDescriptor(_, key) {
      const layer = layerOf(key);
      return layer && Object.getOwnPropertyDescriptor(layer, key);
    },
  });
}

/** The context record as it is shown: masked where it holds secrets and has just been loaded. */
export function contextView(run: RunState): JsonObject {
  const { row, context } = run;
  run.contextShared = true;
  return viewOf(row.id, {
    agentId: row.agentId,
    originalIntent: intentOf(run),
    data: run.contextData,
    agentNotes: context?.agentNotes ?? null,
    createdAt: context?.createdAt ?? row.createdAt,
    updatedAt: context?.updatedAt ?? row.createdAt,
  });
}

/** The stored context of a child of the run; other runs' contexts are not its business. */
/** What the reading of another run's context leans on. */
export interface ContextPort {
  store: Store;
  secrets: Secrets & Sealer;
}

export async function readContext(env: ContextPort, run: RunState, runId: string): Promise<Json> {
  const record = await env.store.readRun(runId, { events: 0, seals: true, outputs: NO_OUTPUTS });
  if (!record) throw new OpcodeError("NOT_FOUND", `workflow "${runId}" not found`);
  if (record.run.parentRunNo !== run.row.runNo) {
    throw new OpcodeError(
      "PERMISSION_DENIED",
      `workflow "${runId}" is neither this workflow nor one it started`,
    );
  }
  if (!record.context) return null;
  const secrets = new RunSecrets(env.secrets, { runId, seals: record.seals });
  await secrets.prepare();
  const data = secrets.sealed<JsonObject>(CONTEXT_SLOT)?.open();
  run.secrets.learnFrom(secrets);
  return { ...storedContextView(runId, record.context), ...(data && { accumulated_data: data }) };
}

/** A context row as `status` shows it. */
export function storedContextView(runId: string, row: ContextRow): JsonObject {
  return viewOf(runId, { ...row, data: row.data === null ? {} : parseJson(row.data) });
}

function viewOf(
  runId: string,
  context: Omit<ContextRow, "runNo" | "data"> & { data: JsonObject },
): JsonObject {
  return {
    workflow_id: runId,
    agent_id: context.agentId,
    original_intent: context.originalIntent,
    accumulated_data: context.data,
    ...(context.agentNotes !== null && { agent_notes: context.agentNotes }),
    created_at: rfc3339(context.createdAt),
    updated_at: rfc3339(context.updatedAt),
  };
}

/** What the run was started for, as its context says. */
export function intentOf(run: RunState): string | null {
  if (run.context?.originalIntent != null) return run.context.originalIntent;
  const { intent } = run.plan.context;
  // Only a text that the store keeps as it is; the definition has the others.
  return typeof intent === "string" && isStorable(intent) ? intent : null;
}
