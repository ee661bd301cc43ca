// Whether the hooks of a definition can come to anything: with its inputs, its programs and the vault.

import { OpcodeError } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";
import type { Issue } from "../api.ts";
import type { Plan } from "../definition/plan.ts";
import type { EngineEnv } from "../engine-env.ts";
import { knownParts, PARTS } from "./known-parts.ts";
import type { Webhook } from "./trigger.ts";

/** Throws VALIDATION_ERROR for a hook of whose deliveries the template would take nothing. */
export function refuseUntaken(plan: Plan, webhooks: readonly Webhook[]): void {
  if (knownParts(plan).length > 0) return;
  const bare = webhooks.find(({ map }) => map === null);
  if (!bare) return;
  throw faultAt(
    `${bare.path}.map`,
    `is required: the template takes none of ${PARTS.join(", ")} as an input`,
  );
}

/** Throws VALIDATION_ERROR for hooks of a template whose name no URL has as a part of its path. */
export function refuseUnreachable(template: string, webhooks: readonly Webhook[]): void {
  if (webhooks.length === 0 || !/^\.{1,2}$/.test(template)) return;
  throw faultAt("triggers.webhook", `no URL can name a template that is called "${template}"`);
}

/** Throws VALIDATION_ERROR for a program that does not compile. */
export async function checkMaps(
  { evaluate }: EngineEnv,
  webhooks: readonly Webhook[],
): Promise<void> {
  for (const { path, map } of webhooks) {
    if (map === null) continue;
    try {
      await evaluate({ engine: "jq", source: map, mode: "check", data: null });
    } catch (thrown) {
      if (!(thrown instanceof OpcodeError) || thrown.code === "CANCELLED") throw thrown;
      // What breaks a limit while it is compiled is for deliveries to fail with.
      if (thrown.code !== "VALIDATION_ERROR") continue;
      throw faultAt(`${path}.map`, thrown.message);
    }
  }
}

/** A warning for each hook whose secret nobody has stored yet. */
export function lackingOfHooks({ secrets }: EngineEnv, webhooks: readonly Webhook[]): Issue[] {
  return webhooks.filter(({ secret }) => secret !== null && !secrets.has(secret)).map((
    { path, secret },
  ) => ({
    path: `${path}.secret`,
    code: "NOT_FOUND",
    message: `secret "${secret}" is not stored yet: until a person runs ` +
      `"opcode secret set ${secret}", deliveries are answered with 503`,
    severity: "warning",
  }));
}
