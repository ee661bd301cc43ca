// What a run's stored context holds, and who may read it.

import { OpcodeError } from "../../core/errors.ts";
import { type Clock, rfc3339 } from "../../core/clock.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isStorable } from "../../core/text.ts";
import type { Sealer } from "../vault/sealer.ts";
import type { Secrets } from "../vault/secrets.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { CONTEXT_SLOT } from "../secrecy/sealed.ts";
import { patiently } from "../store/away.ts";
import { type ContextRow, NO_OUTPUTS, type Store } from "../store/store.ts";
import type { RunState } from "./state.ts";
import { contextDataOf } from "./unsealed.ts";

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

/** What the reading of another run's context leans on. */
export interface ContextPort {
  clock: Clock;
  store: Store;
  secrets: Secrets & Sealer;
}

/** The stored context of a child of the run; other runs' contexts are not its business. */
export async function readContext(env: ContextPort, run: RunState, runId: string): Promise<Json> {
  const choice = { events: 0, seals: true, outputs: NO_OUTPUTS };
  const record = await patiently(env.clock, () => env.store.readRun(runId, choice));
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
