// What a delivery would come to: whether it is verified, what params it makes, and why it would start nothing.

import { type ErrorObject, errorText, OpcodeError, toErrorObject } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { EngineEnv } from "../engine-env.ts";
import { refuseParams } from "../state/given-params.ts";
import type { HookRow } from "../store/store.ts";
import type { HookSample, Rehearsed } from "./api.ts";
import { bodyOf, ContentError, formOf } from "./content.ts";
import { deliveredParams } from "./delivered-params.ts";
import { deliveryId, keyOf, shownId } from "./delivery-id.ts";
import { verify } from "./verify.ts";

/** Nothing is started, stored or counted. Without a right signature the rest is told all the same. */
export async function rehearse(
  env: EngineEnv,
  hook: HookRow,
  { headers = {}, query = {}, body: text = "" }: HookSample,
): Promise<Rehearsed> {
  const byName = new Map(
    Object.entries({ "content-type": "application/json", ...lowered(headers) }),
  );
  const header = (name: string) => byName.get(name);
  const bytes = new TextEncoder().encode(text);
  if (hook.secret !== null) await env.secrets.seek?.(hook.secret);
  const { mark, ...proof } = proofOf(env, hook, { header, body: bytes });
  const told: Rehearsed = { outcome: "refused", ...proof };
  try {
    const body = await bodyOf(formOf(header), bytes, () => Promise.resolve(jsonOf(text)));
    if (hook.verify === "slack" && isObject(body) && body.type === "url_verification") {
      return { ...told, ...(proof.verification === "verified" && { outcome: "challenge" }) };
    }
    const id = deliveryId(hook, { header, body, mark });
    if (id !== undefined) told.delivery_id = shownId(id);
    const known = id === undefined ? null : await env.store.runByKey(null, keyOf(hook, id));
    if (known) told.workflow_id = known.id;
    told.params = await deliveredParams(env, hook, { header, query: pairsOf(query), body });
    if (!known) await checkParams(env, hook, told.params);
  } catch (thrown) {
    return { ...told, error: errorOf(thrown) };
  }
  if (proof.verification === "not verified") return told;
  return { ...told, outcome: told.workflow_id === undefined ? "run" : "replayed" };
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function pairsOf(query: NonNullable<HookSample["query"]>): [string, string][] {
  return Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value])
  );
}

function proofOf(
  { secrets, clock }: EngineEnv,
  hook: HookRow,
  proof: { header(name: string): string | undefined; body: Uint8Array },
): Pick<Rehearsed, "verification" | "reason"> & { mark: string | undefined } {
  if (hook.verify === "none") return { verification: "not asked for", mark: undefined };
  const not = (reason: string) => ({
    verification: "not verified" as const,
    reason,
    mark: undefined,
  });
  let secret: string;
  try {
    secret = secrets.resolve(hook.secret!);
  } catch (thrown) {
    return not(errorText(toErrorObject(thrown)));
  }
  if (secret === "") return not(`secret "${hook.secret}" is empty: anybody knows it`);
  const verdict = verify(hook.verify, secret, { ...proof, now: clock.now() });
  return verdict.ok ? { verification: "verified", mark: verdict.mark } : not(verdict.reason);
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text);
  } catch (thrown) {
    throw faultAt("body", `is no JSON: ${(thrown as Error).message}`);
  }
}

/** Throws what keeps a run with these params from beginning. */
async function checkParams(
  env: EngineEnv,
  { agentId, templateName }: HookRow,
  params: JsonObject,
): Promise<void> {
  const hidden = env.access.hidesTemplate(agentId, templateName);
  if (hidden) throw hidden;
  const plan = await env.planToRun(templateName, null);
  await refuseParams(env, plan, params, { party: { agent: agentId, run: "hooks" } });
}

function errorOf(thrown: unknown): ErrorObject {
  if (thrown instanceof ContentError) return faultAt("body", thrown.message).toJSON();
  if (thrown instanceof OpcodeError && thrown.code !== "CANCELLED") return thrown.toJSON();
  throw thrown;
}
