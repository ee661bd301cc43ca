// What a run's stored context holds, who may read it, and how it changes.

import { OpcodeError } from "../../core/errors.ts";
import { rfc3339 } from "../../core/clock.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isStorable } from "../../core/text.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { CONTEXT_SLOT } from "../secrecy/sealed.ts";
import type { ContextRow } from "../store/store.ts";
import type { EngineEnv } from "./env.ts";
import type { RunState } from "./state.ts";
import type { Turn } from "./turn.ts";
import { contextDataOf } from "./unsealed.ts";

/** Characters of the accumulated data as JSON: all of it is written with every change. */
const LARGEST_CONTEXT = 4 * 1024 * 1024;

/**
 * Throws VALIDATION_ERROR when the accumulated data would become too large with these changes, and
 * VAULT_ERROR when it cannot be read.
 */
export function refuseLargeContext(turn: Turn, changes: (JsonObject | undefined)[]): void {
  const given = changes.filter((change) => change !== undefined);
  if (given.length === 0) return;
  const now = contextDataOf(turn.run);
  const merged = given.reduce((all, change) => ({ ...all, ...change }), now);
  if (turn.env.encoder.text(merged).length <= LARGEST_CONTEXT) return;
  throw new OpcodeError(
    "VALIDATION_ERROR",
    `context: its data must have at most ${LARGEST_CONTEXT} characters as JSON`,
  );
}

/** Merges into the accumulated data (shallow) and replaces the notes, if given; keeps the rest. */
export function applyContextChange(
  turn: Turn,
  change: { data?: JsonObject; agentNotes?: string },
): void {
  const { run } = turn;
  if (change.data) run.contextData = { ...contextDataOf(run), ...change.data };
  const row: ContextRow = {
    runNo: run.row.runNo,
    agentId: run.row.agentId,
    originalIntent: run.context?.originalIntent ?? intentOf(run),
    data: turn.text(run.contextData),
    agentNotes: turn.masked(change.agentNotes) ?? run.context?.agentNotes ?? null,
    createdAt: run.context?.createdAt ?? turn.now,
    updatedAt: turn.now,
  };
  run.context = row;
  turn.handOver.contexts = [row];
  // Notes alone change nothing of the data, which is perhaps masked yet.
  if (change.data) turn.sealSlot(CONTEXT_SLOT, run.contextData);
}

/** What `${{context.*}}` sees: the definition's context under the accumulated data. */
export function contextValues(run: RunState): JsonObject {
  return { ...run.plan.context, ...contextDataOf(run) };
}

/** The context record as it is shown: masked where it holds secrets and has just been loaded. */
export function contextView(run: RunState): JsonObject {
  const { row, context } = run;
  return viewOf(row.id, {
    agentId: row.agentId,
    originalIntent: context?.originalIntent ?? intentOf(run),
    data: run.contextData,
    agentNotes: context?.agentNotes ?? null,
    createdAt: context?.createdAt ?? row.createdAt,
    updatedAt: context?.updatedAt ?? row.createdAt,
  });
}

/** The stored context of a child of the run; other runs' contexts are not its business. */
export async function readContext(env: EngineEnv, run: RunState, runId: string): Promise<Json> {
  const record = await env.store.readRun(runId, { events: 0, seals: true });
  if (!record) throw new OpcodeError("NOT_FOUND", `workflow "${runId}" not found`);
  if (record.run.parentRunNo !== run.row.runNo) {
    throw new OpcodeError(
      "PERMISSION_DENIED",
      `workflow "${runId}" is neither this workflow nor one it started`,
    );
  }
  if (!record.context) return null;
  const secrets = new RunSecrets(env.secrets, { runId, seals: record.seals });
  const data = secrets.sealed<JsonObject>(CONTEXT_SLOT)?.open();
  run.secrets.learnFrom(secrets);
  return { ...storedContextView(runId, record.context), ...(data && { accumulated_data: data }) };
}

/** A context row as `status` shows it. */
export function storedContextView(runId: string, row: ContextRow): JsonObject {
  return viewOf(runId, { ...row, data: row.data === null ? {} : JSON.parse(row.data) });
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

function intentOf(run: RunState): string | null {
  const { intent } = run.plan.context;
  // Only a text that the store keeps as it is; the definition has the others.
  return typeof intent === "string" && isStorable(intent) ? intent : null;
}
