// What the triggers of the kind `cron` say, and which schedules a template has by them.

import { createHash } from "node:crypto";
import { faultAt } from "../../core/fault-at.ts";
import type { Json } from "../../core/json.ts";
import type { ScheduleRow, Scheduling } from "../store/store.ts";
import { newSchedule } from "./new-schedule.ts";
import { nameAt, readEach, refuseUnknown } from "../trigger-members.ts";
import { NO_RULES, readRules, type Rules } from "./terms.ts";

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
export function readCronTriggers(cron: Json): Trigger[] {
  const isOnly = Array.isArray(cron) && cron.length === 1;
  return readEach(cron, "triggers.cron", (given, path, index) => {
    refuseUnknown(given, MEMBERS, path, "a member of a cron trigger");
    const { name: named, expression, enabled, ...rules } = given;
    if (expression === undefined) throw faultAt(`${path}.expression`, "is required");
    if (enabled !== undefined && typeof enabled !== "boolean") {
      throw faultAt(`${path}.enabled`, "must be true or false");
    }
    const name = nameAt(`${path}.name`, named ?? (isOnly ? "cron" : `cron-${index + 1}`));
    const at = (member: string) => `${path}.${member === "cron" ? "expression" : member}`;
    return { name, enabled, path, rules: readRules({ ...rules, cron: expression }, NO_RULES, at) };
  });
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
