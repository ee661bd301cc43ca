// One run for an idempotency key: who comes second gets the first one's answer, or is told of another request.

import { faultAt, placeOf } from "../../core/fault-at.ts";
import { deepEqual } from "../../core/equal.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import type { RunReply } from "../api.ts";
import { isDeliveryKey } from "../hooks/delivery-id.ts";
import { checkIdentifier } from "../identifiers.ts";
import { removedAt } from "../state/removed.ts";
import { NO_OUTPUTS, type RunRecord, type RunRow } from "../store/store.ts";
import { formatVersion, parseVersion } from "../version.ts";
import { mergedParams, paramsOf } from "./fork.ts";
import type { Engine } from "./shared.ts";

/** What a request says of its run, as far as that tells it from another request. */
export interface Asked {
  /** Undefined where another run says it. */
  template_name?: string | undefined;
  version?: string | undefined;
  /** As they are given: of a run that is gone on from only those that change. */
  params: JsonObject | undefined;
  /** JSON text of `{workflow_id, step_id}`; null of one that begins from nothing. */
  forkedFrom: string | null;
  rerunOf: string | null;
}

/** Throws VALIDATION_ERROR for a key that is none, or that only deliveries have: theirs are found by it alone. */
export function checkKey(key: string, isDelivery = false): void {
  checkIdentifier("idempotency_key", key);
  if (isDelivery || !isDeliveryKey(key)) return;
  throw faultAt(
    "idempotency_key",
    "hook: and 64 hexadecimal digits is a key of deliveries to hooks",
  );
}

/**
 * What `make` starts, or else the run that the key has had before; nothing is checked or looked up for a
 * second one, which is the same request also when it would be refused by now. `make` calls `created` once
 * its run is stored: until then the key is its alone, and a failed start frees it. `agentId`: null of a
 * delivery, whose key is one and the same whoever the hook's agent is by now.
 */
export async function onceByKey(
  engine: Engine,
  { agentId, key }: { agentId: string | null; key: string },
  make: (created: () => void) => Promise<RunReply>,
): Promise<{ made: RunReply } | { existing: RunRow }> {
  let making: Promise<RunReply> | null = null;
  const existing = await engine.keys.run(JSON.stringify([agentId, key]), async () => {
    const row = await engine.env.store.runByKey(agentId, key);
    if (row) return row;
    const created = Promise.withResolvers<void>();
    making = make(created.resolve);
    try {
      await Promise.race([created.promise, making]);
    } catch {
      // Another process may have had the key first.
      if (!engine.env.store.ownership) return null;
      const first = await engine.env.store.runByKey(agentId, key);
      if (first) making = null;
      return first;
    }
    return null;
  });
  return making ? { made: await making } : { existing: existing! };
}

/**
 * Throws CONFLICT when the run was begun by another request. One without a version is the same one also
 * when the latest is another by now.
 */
export async function refuseOtherRequest(
  engine: Engine,
  row: RunRow,
  { asked, key }: { asked: Asked; key: string },
): Promise<void> {
  const other = await otherTemplate(engine, row, asked);
  const differs = other
    ? `, and this is one of "${other.template_name}" ${other.version}`
    : row.forkedFrom !== asked.forkedFrom
    ? " that began elsewhere"
    : row.rerunOf !== asked.rerunOf
    ? " that does not do the same run again"
    : !await isOfParams(engine, row, asked)
    ? " with other params"
    : undefined;
  if (differs === undefined) return;
  const used = { template_name: row.templateName, version: formatVersion(row.templateVersion) };
  throw new OpcodeError(
    "CONFLICT",
    `idempotency_key "${key}" was used for a run of "${used.template_name}" ${used.version}${differs}`,
    {
      details: {
        ...placeOf("idempotency_key"),
        workflow_id: row.id,
        ...(other && { used_for: used, asked_for: other }),
      },
    },
  );
}

/** Which template and version was asked for, where that is another one. */
async function otherTemplate(
  { env }: Engine,
  row: RunRow,
  { template_name = row.templateName, version, forkedFrom }: Asked,
): Promise<{ template_name: string; version: string } | undefined> {
  const named = parseVersion(version);
  const isSame = template_name === row.templateName &&
    (named === null || named === row.templateVersion);
  if (isSame) return undefined;
  const number = named ??
    (forkedFrom === null
      ? (await env.plan(template_name, null)).templateVersion
      : row.templateVersion);
  return { template_name, version: formatVersion(number) };
}

/** Whether a run of the same origin was begun with these. */
async function isOfParams(
  engine: Engine,
  row: RunRow,
  { params, forkedFrom, rerunOf }: Asked,
): Promise<boolean> {
  // They are what they were.
  if (rerunOf !== null) return true;
  if (forkedFrom === null) return deepEqual(parseJson(row.params), params ?? {});
  const { env } = engine;
  const { workflow_id } = parseJson(forkedFrom) as { workflow_id: string };
  const [own, source] = await Promise.all([head(engine, row.id), head(engine, workflow_id)]);
  // Its row may show them without the secrets that it was told of.
  const had = paramsOf(own!, env.secrets);
  if (source === null || removedAt(source.run) !== undefined) {
    return Object.entries(params ?? {}).every(([name, value]) =>
      Object.hasOwn(had, name) && deepEqual(value, had[name]!)
    );
  }
  const plan = await env.plan(row.templateName, row.templateVersion);
  return deepEqual(had, mergedParams(plan, paramsOf(source, env.secrets), params));
}

function head({ env }: Engine, id: string): Promise<RunRecord | null> {
  return env.store.readRun(id, { events: 0, seals: true, outputs: NO_OUTPUTS });
}
