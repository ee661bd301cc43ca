// Which lists `opcode query` shows: where each comes from, its columns, and what it says when there is none.

import { type ErrorObject, errorText } from "../core/errors.ts";
import { shownError } from "../core/remedy.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { QueryResource } from "../engine/contract/query.ts";
import { asCalled, hint } from "./hint.ts";
import { beginningOf, statusOf } from "./commands/ps.ts";
import { brief, cell, LEAST_ID, LEAST_NAME, type ListColumn } from "./table.ts";
import { takes } from "./takes.ts";

export interface Listing {
  path: string;
  /** The key of the rows in the daemon's answer. */
  key: string;
  /** What its rows are called. */
  noun: string;
  columns: ListColumn[];
  /** What is said when the daemon has none at all, with what would change that. */
  none: string;
}

const AGENT: ListColumn = { key: "agent_id", name: "agent", least: LEAST_NAME };
const CREATED: ListColumn = { key: "created_at", name: "created", isTime: true };
const RUN: ListColumn = { key: "workflow_id", name: "run", least: LEAST_ID };
const STEP: ListColumn = { key: "step_id", name: "step", least: LEAST_NAME };

/** As in `opcode templates`. */
export const TEMPLATE_COLUMNS: ListColumn[] = [
  { key: "name", name: "name", least: LEAST_NAME },
  { key: "version", name: "version" },
  AGENT,
  CREATED,
  { key: "input_schema", name: "takes", least: LEAST_NAME, of: takes },
  { key: "description", name: "description" },
];

export const NO_TEMPLATES = `no templates yet; one is stored by: ${hint("define", "FILE")}`;

/** As in `opcode schedule list`. */
export const SCHEDULE_COLUMNS: ListColumn[] = [
  { key: "name", name: "schedule", least: LEAST_NAME },
  { key: "template_name", name: "template", least: LEAST_NAME },
  { key: "cron", name: "cron", least: LEAST_NAME },
  { key: "timezone", name: "zone" },
  {
    key: "status",
    name: "status",
    of: ({ status, failing }) => failing ? "failing" : cell(status),
  },
  { key: "next_times", name: "next", isTime: true, of: ({ next_times }) => firstOf(next_times) },
];

export const NO_SCHEDULES = `no schedules yet; one is made by: ${
  hint("schedule", "create", "NAME")
}`;

function firstOf(times: unknown): string {
  return Array.isArray(times) && times.length > 0 ? String(times[0]) : "";
}

export const LISTINGS: Readonly<Record<QueryResource, Listing>> = {
  workflows: {
    path: "/api/v1/runs",
    key: "runs",
    noun: "runs",
    columns: [
      { key: "id", name: "run", least: LEAST_ID },
      { key: "template_name", name: "template", least: LEAST_NAME },
      { key: "template_version", name: "version" },
      { key: "status", name: "status", of: standing },
      AGENT,
      CREATED,
    ],
    none: `no runs yet; one starts with: ${hint("run", "NAME")}`,
  },
  events: {
    path: "/api/v1/events",
    key: "events",
    noun: "events",
    columns: [
      { key: "timestamp", name: "time", isTime: true },
      RUN,
      { key: "sequence", name: "no" },
      { key: "event_type", name: "event", least: 2 * LEAST_NAME },
      STEP,
      { key: "payload", name: "detail", least: LEAST_NAME, of: detail },
    ],
    none: "no events",
  },
  templates: {
    path: "/api/v1/templates",
    key: "templates",
    noun: "templates",
    columns: TEMPLATE_COLUMNS,
    none: NO_TEMPLATES,
  },
  decisions: {
    path: "/api/v1/decisions",
    key: "decisions",
    noun: "decisions",
    columns: [
      RUN,
      STEP,
      { key: "status", name: "status", least: "pending".length },
      { key: "target_agent_id", name: "for", least: LEAST_NAME },
      { key: "timeout_at", name: "until", isTime: true },
      { key: "context", name: "question", of: question },
    ],
    none: "no decisions yet: no run has asked for one",
  },
  schedules: {
    path: "/api/v1/schedules",
    key: "schedules",
    noun: "schedules",
    columns: SCHEDULE_COLUMNS,
    none: NO_SCHEDULES,
  },
  actions: {
    path: "/api/v1/actions",
    key: "actions",
    noun: "actions",
    columns: [{ key: "name", name: "name" }, { key: "description", name: "what it does" }],
    none: "no actions: actions.allow and actions.deny leave none",
  },
};

function standing(run: JsonObject): string {
  return [statusOf(run), beginningOf(run)].filter((part) => part !== undefined).join(", ");
}

/** What was asked, what could be answered, and what was, by whom. */
function question({ context, options, resolution, resolved_by, via }: JsonObject): string {
  const prompt = isObject(context ?? null) ? (context as JsonObject).prompt : undefined;
  const asked = typeof prompt === "string" ? brief(prompt.trim().replaceAll(/\s+/g, " ")) : "";
  const ids = (Array.isArray(options) ? options : []).filter(isObject).map(({ id }) => cell(id));
  const chosen = isObject(resolution ?? null) ? (resolution as JsonObject).choice : undefined;
  const parts = [asked, ids.length > 0 ? `[${ids.join(", ")}]` : "[any answer]"];
  if (chosen !== undefined) parts.push(`→ ${cell(chosen)}`);
  if (resolved_by !== undefined) {
    parts.push(`by ${cell(resolved_by)}${via === undefined ? "" : ` via ${cell(via)}`}`);
  }
  return parts.filter((part) => part !== "").join(" ");
}

/** What an event says beside its type: first of all what went wrong. */
function detail({ payload }: JsonObject): string {
  if (!isObject(payload ?? null)) return brief(payload);
  const { error } = payload as JsonObject;
  if (isObject(error ?? null) && typeof (error as JsonObject).message === "string") {
    return brief(asCalled(errorText(shownError(error as unknown as ErrorObject))));
  }
  return Object.keys(payload as JsonObject).length === 0 ? "" : brief(payload);
}
