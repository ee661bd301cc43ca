// Whether a template may have others told of its runs: by whoever defines it, and on this daemon.

import { OpcodeError } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";
import type { Rights } from "../access.ts";
import type { Issue } from "../api.ts";
import type { EngineEnv } from "../engine-env.ts";
import { LIKE_ACTION } from "./callbacks.ts";
import type { Notify } from "./trigger.ts";
import { lackingSecret } from "../vault/lacking.ts";

/** Throws PERMISSION_DENIED for an agent whose workflows may not send the like. */
export function refuseNotifying(notify: Notify | null, rights: Rights | undefined): void {
  if (notify && rights && !rights.uses(LIKE_ACTION)) throw rights.actionDenial(LIKE_ACTION);
}

/** Throws PERMISSION_DENIED where the settings leave no such action. */
export function refuseNotify({ registry }: EngineEnv, notify: Notify | null): void {
  if (notify === null) return;
  const barred = registry.get(LIKE_ACTION)?.refused;
  if (!barred) return;
  const { message, details } = faultAt(
    "triggers.notify",
    `needs ${LIKE_ACTION}, which is refused: ${barred.reason}`,
    { setting: barred.setting },
  );
  throw new OpcodeError("PERMISSION_DENIED", message, { ...(details && { details }) });
}

/** A warning when nobody has stored the secret yet. */
export function lackingOfNotify({ secrets }: EngineEnv, notify: Notify | null): Issue[] {
  if (notify === null) return [];
  return lackingSecret(secrets, notify.secret, {
    path: "triggers.notify.secret",
    until: "no callback is sent, and each is given up after a day",
  });
}
