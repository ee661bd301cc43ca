// What the triggers of the kind `cron` say, and which schedules a template has by them.

import { createHash } from "node:crypto";
import { faultAt } from "../../core/fault-at.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { ScheduleRow, Scheduling } from "../store/store.ts";
import { newSchedule } from "./new-schedule.ts";
import type { TriggerFaults } from "../trigger-faults.ts";
import { nameAt, readEach, refuseUnknown, type TriggerList } from "../trigger-members.ts";
import { type Given, NO_RULES, readRules, type Rules } from "./terms.ts";

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

/** What others call the members. */
const MEANT: Readonly<Record<string, string>> = {
  cron: "expression",
  schedule: "expression",
  tz: "timezone",
  time_zone: "timezone",
  inputs: "params",
  active: "enabled",
};

const LIST: TriggerList = { at: "triggers.cron", example: '{"expression": "30 2 * * *"}' };

/** The triggers that are right; `faults` keeps what is wrong with the others. */
export function readCronTriggers(cron: Json, faults: TriggerFaults): Trigger[] {
  const isOnly = Array.isArray(cron) && cron.length === 1;
  return readEach(cron, LIST, faults, (given, path, index) => {
    const before = faults.found.length;
    const words = { what: "a member of a cron trigger", meant: MEANT };
    faults.take(() => refuseUnknown(given, MEMBERS, path, words));
    const { name: named, enabled } = given;
    const name = faults.take(() =>
      nameAt(`${path}.name`, named ?? (isOnly ? "cron" : `cron-${index + 1}`))
    );
    const isEnabled = faults.take(() => enabledAt(`${path}.enabled`, enabled));
    const rules = rulesAt(path, given, faults);
    const isRight = faults.found.length === before && name !== undefined;
    return isRight ? { name, enabled: isEnabled, path, rules } : undefined;
  });
}

function enabledAt(path: string, enabled: Json | undefined): boolean | undefined {
  if (enabled === undefined || typeof enabled === "boolean") return enabled;
  throw faultAt(path, "must be true or false");
}

/** Read member by member, for each may be wrong; the expression and its zone together. */
function rulesAt(path: string, given: JsonObject, faults: TriggerFaults): Rules {
  const at = (member: string) => `${path}.${member === "cron" ? "expression" : member}`;
  const { name: _, enabled: _enabled, expression, timezone, ...others } = given;
  if (expression === undefined) {
    faults.take(() => {
      throw faultAt(`${path}.expression`, "is required");
    });
  }
  const parts: Given[] = [
    ...(expression === undefined ? [] : [{ cron: expression, timezone }]),
    ...Object.entries(others).map(([member, value]) => ({ [member]: value })),
  ];
  let rules = NO_RULES;
  for (const part of parts) rules = faults.take(() => readRules(part, rules, at)) ?? rules;
  return rules;
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
  { template, agentId, triggers, known, now, after }: {
    template: string;
    agentId: string;
    triggers: readonly Trigger[];
    known: readonly ScheduleRow[];
    now: number;
    /** By id of the known ones, where that is not now. */
    after: ReadonlyMap<string, number>;
  },
  time: (
    old: ScheduleRow,
    row: ScheduleRow,
    options: { enabled: boolean | undefined; after: number },
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
      row: time(base, { ...base, ...rules, agentId, updatedAt: now }, {
        enabled,
        after: after.get(id) ?? now,
      }),
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
