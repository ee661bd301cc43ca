// What `triggers` of a definition say: each kind in a file of its own.

import type { OpcodeError } from "../core/errors.ts";
import { parseJson } from "../core/exact-json.ts";
import type { JsonObject } from "../core/json.ts";
import { type Notify, readNotify } from "./callbacks/trigger.ts";
import { readWebhooks, type Webhook } from "./hooks/trigger.ts";
import { readCronTriggers, type Trigger } from "./schedules/triggers.ts";
import { TriggerFaults } from "./trigger-faults.ts";
import { refuseUnknown } from "./trigger-members.ts";

const KINDS = ["cron", "webhook", "notify"];

export interface Triggers {
  cron: Trigger[];
  webhook: Webhook[];
  notify: Notify | null;
}

export const NO_TRIGGERS: Triggers = { cron: [], webhook: [], notify: null };

/**
 * The triggers that are right; each fault, such as `triggers.cron[0].expression`, is a VALIDATION_ERROR
 * that `faults` keeps.
 */
export function readTriggers(triggers: JsonObject | undefined, faults: TriggerFaults): Triggers {
  if (triggers === undefined) return NO_TRIGGERS;
  faults.take(() => refuseUnknown(triggers, KINDS, "triggers", { what: "a kind of trigger" }));
  const { cron = [], webhook = [], notify } = triggers;
  return {
    cron: readCronTriggers(cron, faults),
    webhook: readWebhooks(webhook, faults),
    notify: notify === undefined ? null : readNotify(notify, faults),
  };
}

/** What a template that is stored says, as far as it can be read: another version may have written it. */
export function storedTriggers(triggers: string | null): Triggers {
  if (triggers === null) return NO_TRIGGERS;
  return readTriggers(parseJson(triggers) as JsonObject, new TriggerFaults());
}

/** The rule of a fault without the path before it, for a list of issues. */
export function ruleOf({ message, details }: OpcodeError): { path: string; rule: string } {
  const path = String(details?.path ?? "triggers");
  return { path, rule: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message };
}
