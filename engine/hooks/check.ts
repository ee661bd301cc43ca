// Whether the hooks of a definition can come to anything: with its inputs, its programs and the vault.

import { OpcodeError } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";
import type { JsonObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { Issue } from "../api.ts";
import type { Plan } from "../definition/plan.ts";
import type { EngineEnv } from "../engine-env.ts";
import { inputsRead } from "../definition/inputs-read.ts";
import { knownParts, PARTS } from "./known-parts.ts";
import { readsNothing } from "./map-reads.ts";
import { hookPath } from "./path.ts";
import type { Webhook } from "./trigger.ts";
import { lackingSecret } from "../vault/lacking.ts";

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

/** Throws VALIDATION_ERROR when its program does not compile. */
export async function checkMap({ evaluate }: EngineEnv, { path, map }: Webhook): Promise<void> {
  if (map === null) return;
  try {
    await evaluate({ engine: "jq", source: map, mode: "check", data: null });
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError) || thrown.code === "CANCELLED") throw thrown;
    // What breaks a limit while it is compiled is for deliveries to fail with.
    if (thrown.code !== "VALIDATION_ERROR") return;
    throw faultAt(`${path}.map`, thrown.message);
  }
}

/** Inputs that a warning names. */
const MOST_NAMED = 5;

/** A warning for each hook that asks for no proof, whose runs lack what the steps read, or that reads nothing. */
export function doubtfulHooks(plan: Plan, webhooks: readonly Webhook[]): Issue[] {
  const given = new Set<string>([...PARTS, ...Object.keys(plan.fillInputs(plan.inputs))]);
  const read = inputsRead(plan.definition as unknown as JsonObject) ?? [];
  const required = plan.missingInputs(Object.fromEntries(PARTS.map((part) => [part, null])));
  const lacking = [...new Set([...read, ...required])].filter((name) => !given.has(name));
  return webhooks.flatMap(({ path, name, verify, map }) => [
    ...(verify === "none"
      ? [warning(
        `${path}.verify`,
        `asks for no proof: whoever reaches ${hookPath(plan.templateName, name)} starts runs`,
      )]
      : []),
    ...(map === null && lacking.length > 0 ? [warning(`${path}.map`, withoutMap(lacking))] : []),
    ...(map === null ? [] : readsNothing(map).map((told) => warning(`${path}.map`, told))),
  ]);
}

function withoutMap(lacking: readonly string[]): string {
  const named = lacking.slice(0, MOST_NAMED).map((name) => quoted(name)).join(", ");
  const more = lacking.length > MOST_NAMED ? ` and ${lacking.length - MOST_NAMED} more` : "";
  return `without one a delivery gives the inputs ${
    PARTS.join(", ")
  } alone, and the template asks ` +
    `for ${named}${more}: a jq program such as {${key(lacking[0]!)}: .body.${
      key(lacking[0]!)
    }} makes them`;
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

function warning(path: string, message: string): Issue {
  return { path, code: "VALIDATION_ERROR", message, severity: "warning" };
}

/** A warning for each hook whose secret nobody has stored yet. */
export function lackingOfHooks({ secrets }: EngineEnv, webhooks: readonly Webhook[]): Issue[] {
  return webhooks.flatMap(({ path, secret }) =>
    secret === null ? [] : lackingSecret(secrets, secret, {
      path: `${path}.secret`,
      until: "deliveries are answered with 503",
    })
  );
}
