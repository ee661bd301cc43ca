// What the triggers of the kind `webhook` say.

import { faultAt } from "../../core/fault-at.ts";
import { HOOK_SCHEMES, type HookScheme } from "../../core/hook-terms.ts";
import type { Json } from "../../core/json.ts";
import type { TriggerFaults } from "../trigger-faults.ts";
import {
  nameAt,
  readEach,
  refuseUnknown,
  secretAt,
  type TriggerList,
  wordAt,
} from "../trigger-members.ts";

const MEMBERS = ["name", "verify", "secret", "map"];
/** Characters of a program that makes params: jq takes no longer one. */
const LONGEST_MAP = 16 * 1024;

export interface Webhook {
  name: string;
  verify: HookScheme;
  /** The name of the secret; null with `none` alone. */
  secret: string | null;
  map: string | null;
  /** Where in the request it stands. */
  path: string;
}

const LIST: TriggerList = {
  at: "triggers.webhook",
  example: '{"name": "in", "verify": "github", "secret": "NAME"}',
};

/** The triggers that are right; `faults` keeps what is wrong with the others. */
export function readWebhooks(webhook: Json, faults: TriggerFaults): Webhook[] {
  return readEach(webhook, LIST, faults, (given, path) => {
    const before = faults.found.length;
    const words = { what: "a member of a webhook trigger" };
    faults.take(() => refuseUnknown(given, MEMBERS, path, words));
    const name = faults.take(() => namedAt(`${path}.name`, given.name));
    const verify = faults.take(() => schemeAt(`${path}.verify`, given.verify));
    const secret = verify && faults.take(() => secretOf(verify, given.secret, `${path}.secret`));
    const map = faults.take(() => mapAt(`${path}.map`, given.map)) ?? null;
    if (faults.found.length > before) return undefined;
    return { name: name!, verify: verify!, secret: secret!, map, path };
  });
}

function namedAt(path: string, name: Json | undefined): string {
  if (name === undefined) throw faultAt(path, "is required: it ends the hook's URL");
  return nameAt(path, name);
}

function schemeAt(path: string, verify: Json | undefined): HookScheme {
  if (verify === undefined) throw faultAt(path, `is required: one of ${HOOK_SCHEMES.join(", ")}`);
  return wordAt(path, verify, HOOK_SCHEMES);
}

function secretOf(scheme: HookScheme, secret: Json | undefined, path: string): string | null {
  if (scheme === "none") {
    if (secret === undefined) return null;
    throw faultAt(path, "has no meaning beside verify none, which asks for no proof");
  }
  if (secret !== undefined) return secretAt(path, secret);
  throw faultAt(path, `is required: the name of the secret by which ${scheme} verifies`);
}

function mapAt(path: string, map: Json | undefined): string | null {
  if (map === undefined) return null;
  if (typeof map !== "string" || map.trim() === "") {
    throw faultAt(path, "must be a jq program that makes the params of {body, headers, query}");
  }
  if (map.length > LONGEST_MAP) throw faultAt(path, `must have at most ${LONGEST_MAP} characters`);
  return map;
}
