// What `triggers` of a definition say, and which schedules a template has by them.

import { createHash } from "node:crypto";
import type { OpcodeError } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { unknownName } from "../../core/unknown.ts";
import { checkIdentifier } from "../identifiers.ts";
import type { ScheduleRow, Scheduling } from "../store/store.ts";
import { newSchedule } from "./new-schedule.ts";
import { NO_RULES, readRules, type Rules } from "./terms.ts";

/** Triggers of one template. */
export const MOST_TRIGGERS = 100;

const KINDS = ["cron"];
const MEMBERS = [
  "name",
  "expression",
  "timezone",
  "enabled",
  "params",
  "overlap",
  "catch_up",
  "jitter",
  "end_at",
  "max_runs",
];

export interface Trigger {
  name: string;
  rules: Rules;
  /** Undefined: as it was, and at work when it is new. */
  enabled: boolean | undefined;
  /** Where in the request it stands. */
  path: string;
}

/** Throws VALIDATION_ERROR for the first thing that is wrong, such as `triggers.cron[0].expression`. */
export function readTriggers(triggers: JsonObject | undefined): Trigger[] {
  if (triggers === undefined) return [];
  refuseUnknown(triggers, KINDS, "triggers", "a kind of trigger");
  const { cron = [] } = triggers;
  if (!Array.isArray(cron)) throw faultAt("triggers.cron", "must be an array");
  if (cron.length > MOST_TRIGGERS) {
    throw faultAt("triggers.cron", `must have at most ${MOST_TRIGGERS} elements`);
  }
  const found = cron.map((given, i) => readTrigger(given, i, cron.length === 1));
  for (const [i, { name, path }] of found.entries()) {
    if (found.findIndex((other) => other.name === name) < i) {
      throw faultAt(`${path}.name`, `"${name}" is the name of another trigger already`);
    }
  }
  return found;
}

function readTrigger(given: Json, index: number, isOnly: boolean): Trigger {
  const path = `triggers.cron[${index}]`;
  if (!isObject(given)) throw faultAt(path, "must be an object");
  refuseUnknown(given, MEMBERS, path, "a member of a cron trigger");
  const { name: named, expression, enabled, ...rules } = given;
  if (expression === undefined) throw faultAt(`${path}.expression`, "is required");
  if (enabled !== undefined && typeof enabled !== "boolean") {
    throw faultAt(`${path}.enabled`, "must be true or false");
  }
  const name = checkIdentifier(`${path}.name`, named ?? (isOnly ? "cron" : `cron-${index + 1}`));
  if (name.includes(".")) throw faultAt(`${path}.name`, "must have no dot");
  const at = (member: string) => `${path}.${member === "cron" ? "expression" : member}`;
  return { name, enabled, path, rules: readRules({ ...rules, cron: expression }, NO_RULES, at) };
}

function refuseUnknown(given: JsonObject, known: string[], path: string, what: string): void {
  const unknown = unknownName(Object.keys(given), known, { what, lists: true });
  if (unknown) throw faultAt(`${path}.${unknown.name}`, unknown.rule);
}

/** The rule of a fault without the path before it, for a list of issues. */
export function ruleOf({ message, details }: OpcodeError): { path: string; rule: string } {
  const path = String(details?.path ?? "triggers");
  return { path, rule: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message };
}

/** A UUID that follows from template and trigger. */
export function triggerId(template: string, trigger: string): string {
  const hash = createHash("sha256").update(JSON.stringify([template, trigger])).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  return [0, 8, 12, 16, 20].map((from, i) => hex.slice(from, [8, 12, 16, 20, 32][i])).join("-");
}

/** What `define` changes of a template's schedules. */
export interface TriggerChanges {
  /** Each row as it was, if it was there, and as it is then. */
  changes: { old: ScheduleRow | null; row: ScheduleRow }[];
  scheduling: Scheduling;
}

/** `time`: puts a row at work, or not, as its trigger says. */
export function triggerChanges(
  { template, agentId, triggers, known, now }: {
    template: string;
    agentId: string;
    triggers: readonly Trigger[];
    known: readonly ScheduleRow[];
    now: number;
  },
  time: (
    old: ScheduleRow,
    row: ScheduleRow,
    options: { enabled: boolean | undefined; now: number },
  ) => ScheduleRow,
): TriggerChanges {
  const changes = triggers.map(({ name, rules, enabled }) => {
    const id = triggerId(template, name);
    const old = known.find((row) => row.id === id) ?? null;
    const called = `${template}.${name}`;
    const base = old ??
      newSchedule({ id, name: called, templateName: template, agentId, trigger: name }, now);
    return {
      old,
      row: time(base, { ...base, ...rules, agentId, updatedAt: now }, { enabled, now }),
    };
  });
  const kept = new Set(changes.map(({ row }) => row.id));
  for (const old of known) {
    if (kept.has(old.id) || old.status === "retired") continue;
    const reason = "its trigger is no more in the template";
    changes.push({
      old,
      row: { ...old, status: "retired", reason, nextAt: null, queuedAt: null, updatedAt: now },
    });
  }
  return {
    changes,
    scheduling: { removed: [], schedules: changes.map(({ row }) => row), fires: [] },
  };
}
