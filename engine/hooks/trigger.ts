// What the triggers of the kind `webhook` say.

import { faultAt } from "../../core/fault-at.ts";
import { HOOK_SCHEMES, type HookScheme } from "../../core/hook-terms.ts";
import type { Json } from "../../core/json.ts";
import { nameAt, readEach, refuseUnknown, secretAt, wordAt } from "../trigger-members.ts";

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

/** Throws VALIDATION_ERROR for the first thing that is wrong, such as `triggers.webhook[0].secret`. */
export function readWebhooks(webhook: Json): Webhook[] {
  return readEach(webhook, "triggers.webhook", (given, path) => {
    refuseUnknown(given, MEMBERS, path, "a member of a webhook trigger");
    const { name, verify, secret, map } = given;
    if (name === undefined) throw faultAt(`${path}.name`, "is required: it ends the hook's URL");
    if (verify === undefined) {
      throw faultAt(`${path}.verify`, `is required: one of ${HOOK_SCHEMES.join(", ")}`);
    }
    const scheme = wordAt(`${path}.verify`, verify, HOOK_SCHEMES);
    return {
      name: nameAt(`${path}.name`, name),
      verify: scheme,
      secret: secretOf(scheme, secret, `${path}.secret`),
      map: map === undefined ? null : mapAt(`${path}.map`, map),
      path,
    };
  });
}

function secretOf(scheme: HookScheme, secret: Json | undefined, path: string): string | null {
  if (scheme === "none") {
    if (secret === undefined) return null;
    throw faultAt(path, "has no meaning beside verify none, which asks for no proof");
  }
  if (secret !== undefined) return secretAt(path, secret);
  throw faultAt(path, `is required: the name of the secret by which ${scheme} verifies`);
}

function mapAt(path: string, map: Json): string {
  if (typeof map !== "string" || map.trim() === "") {
    throw faultAt(path, "must be a jq program that makes the params of {body, headers, query}");
  }
  if (map.length > LONGEST_MAP) throw faultAt(path, `must have at most ${LONGEST_MAP} characters`);
  return map;
}
