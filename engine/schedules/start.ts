// How the run of a schedule begins: checked as any other, and stored with the time that it is for.

import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Founding } from "../actor/inputs.ts";
import { RunWait } from "../actor/run-wait.ts";
import type { EngineEnv } from "../engine-env.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { refuseParams } from "../state/given-params.ts";
import { newRun } from "../state/new-run.ts";
import { newRunRow } from "../state/new-row.ts";
import type { FireRow, ScheduleRow } from "../store/store.ts";

/**
 * Resolves once the run is stored with what `found` says of it. NOT_FOUND, CONFLICT and VALIDATION_ERROR as of a
 * run that somebody starts; STORE_ERROR when it was not stored, BUSY when the daemon stops.
 */
export async function start(
  env: EngineEnv,
  schedule: ScheduleRow,
  found: (runNo: number) => { fire: FireRow; founding: Founding },
): Promise<{ fire: FireRow; runId: string }> {
  const { templateName, templateVersion, agentId } = schedule;
  const hidden = env.access.hidesTemplate(agentId, templateName);
  if (hidden) throw hidden;
  const plan = await env.planToRun(templateName, templateVersion);
  const params = parseJson(schedule.params) as JsonObject;
  const party = { agent: agentId, run: "inputs" };
  const inputs = await refuseParams(env, plan, params, { party });
  const row = newRunRow(env, { plan, agentId, params, now: env.clock.now() });
  const secrets = new RunSecrets(env.secrets, { runId: row.id });
  const { fire, founding } = found(row.runNo);
  const actor = env.runs.create(newRun({ row, plan, inputs, secrets }));
  const stored = Promise.withResolvers<void>();
  const wait = new RunWait({}, 0);
  actor.watch(wait);
  wait.onFirstCommit = () => {
    stored.resolve();
    wait.stop();
  };
  wait.done.catch(stored.reject);
  actor.begin(agentId, { founding });
  await stored.promise;
  return { fire, runId: row.id };
}
