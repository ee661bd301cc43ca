// Which params the run of a delivery begins with: what the hook's program makes, or the parts themselves.

import { OpcodeError } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";
import { isObject, type Json, type JsonObject, schemaTypeOf } from "../../core/json.ts";
import { article } from "../../core/text.ts";
import type { EngineEnv } from "../engine-env.ts";
import type { HookRow } from "../store/store.ts";
import { fieldsOf, headersOf } from "./content.ts";
import { knownParts } from "./known-parts.ts";

/** What is known of a delivery once its body is read. */
export interface Parts {
  header(name: string): string | undefined;
  query: Iterable<[string, string]>;
  body: Json;
}

/**
 * Throws ContentError for a query of too many fields, VALIDATION_ERROR for a program that fails or makes no
 * object, and what keeps the template from being read.
 */
export async function deliveredParams(
  env: EngineEnv,
  hook: HookRow,
  { header, query, body }: Parts,
): Promise<JsonObject> {
  const parts: JsonObject = {
    body,
    headers: headersOf((name) => header(name)),
    query: fieldsOf(query),
  };
  if (hook.map === null) {
    const known = knownParts(await env.plan(hook.templateName, null));
    return Object.fromEntries(Object.entries(parts).filter(([part]) => known.includes(part)));
  }
  const made = await mapped(env, hook, parts);
  if (isObject(made)) return made;
  throw faultAt("map", `must give one object, gave ${article(schemaTypeOf(made))}`);
}

async function mapped(
  { evaluate }: EngineEnv,
  { map, agentId }: HookRow,
  data: JsonObject,
): Promise<Json> {
  try {
    const request = { engine: "jq", source: map!, data, mode: "value" } as const;
    return await evaluate(request, { party: { agent: agentId, run: "hooks" } });
  } catch (thrown) {
    // Given up with the process, not failed.
    if (thrown instanceof OpcodeError && thrown.code !== "CANCELLED") {
      throw faultAt("map", thrown.message);
    }
    throw thrown;
  }
}
