// What `triggers` of a definition say: each kind in a file of its own.

import type { OpcodeError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { type Notify, readNotify } from "./callbacks/trigger.ts";
import { readWebhooks, type Webhook } from "./hooks/trigger.ts";
import { readCronTriggers, type Trigger } from "./schedules/triggers.ts";
import { refuseUnknown } from "./trigger-members.ts";

const KINDS = ["cron", "webhook", "notify"];

export interface Triggers {
  cron: Trigger[];
  webhook: Webhook[];
  notify: Notify | null;
}

export const NO_TRIGGERS: Triggers = { cron: [], webhook: [], notify: null };

/** Throws VALIDATION_ERROR for the first thing that is wrong, such as `triggers.cron[0].expression`. */
export function readTriggers(triggers: JsonObject | undefined): Triggers {
  if (triggers === undefined) return NO_TRIGGERS;
  refuseUnknown(triggers, KINDS, "triggers", "a kind of trigger");
  const { cron = [], webhook = [], notify } = triggers;
  return {
    cron: readCronTriggers(cron),
    webhook: readWebhooks(webhook),
    notify: notify === undefined ? null : readNotify(notify),
  };
}

/** The rule of a fault without the path before it, for a list of issues. */
export function ruleOf({ message, details }: OpcodeError): { path: string; rule: string } {
  const path = String(details?.path ?? "triggers");
  return { path, rule: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message };
}
