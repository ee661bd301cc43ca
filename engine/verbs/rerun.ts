// What a run begins as that does another one again: the same version, params and agent, from nothing.

import { checkIdentifier } from "../identifiers.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { PARAMS_SLOT } from "../secrecy/sealed.ts";
import { newRun } from "../state/new-run.ts";
import { refuseRemoved } from "../state/removed.ts";
import { NO_OUTPUTS, type RunRecord } from "../store/store.ts";
import { type Beginning, paramsOf } from "./fork.ts";
import type { Engine } from "./shared.ts";
import { overtakenBy } from "./newer-version.ts";
import { workflowNotFound } from "./status.ts";

/** Reads the run that is to be done again; NOT_FOUND when there is none. */
export async function rerunSource({ env }: Engine, workflowId: unknown): Promise<RunRecord> {
  const id = checkIdentifier("workflow_id", workflowId);
  const record = await env.store.readRun(id, { events: 0, seals: true, outputs: NO_OUTPUTS });
  if (!record) throw workflowNotFound(id);
  return record;
}

/**
 * What the new run begins as. CONFLICT when its template is archived, or retention has removed what that
 * one was given, VAULT_ERROR when that holds secrets and the vault is locked.
 */
export async function rerunBeginning(engine: Engine, record: RunRecord): Promise<Beginning> {
  const { env } = engine;
  refuseRemoved(record.run);
  const { id, templateName, templateVersion } = record.run;
  const plan = await env.planToRun(templateName, templateVersion);
  const params = paramsOf(record, env.secrets);
  // Its other secrets are its steps': the new ones resolve theirs anew.
  const isSealed = record.seals.some(({ slot }) => slot === PARAMS_SLOT);
  const seals = isSealed ? record.seals : [];
  return {
    plan,
    params,
    forkedFrom: null,
    rerunOf: id,
    warnings: await overtakenBy(
      engine,
      record.run,
      (own, latest) => `it runs ${own}, as that run did; ${latest} is the latest`,
    ),
    keptSteps: [],
    open(row, inputs) {
      const secrets = new RunSecrets(env.secrets, { runId: row.id, seals, ownerId: id });
      secrets.open();
      return newRun({ row, plan, inputs, secrets });
    },
  };
}
