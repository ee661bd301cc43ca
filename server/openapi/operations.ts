// Which operations the daemon's HTTP API has: for each route what it takes and answers with.

import type { JsonObject } from "../../core/json.ts";
import { TIMES } from "../../engine/contract/schedule.ts";
import { STATS } from "../../engine/contract/stats.ts";
import {
  ARCHIVE_BODY,
  BACKFILL_BODY,
  DEFINE_BODY,
  SCHEDULE_BODY,
  SCHEDULE_CALL_BODY,
  SCHEDULE_CHANGE_BODY,
  SKETCH_BODY,
} from "../api/bodies.ts";
import { TEMPLATE_PARAMETERS } from "../api/diagrams.ts";
import { AGENT_PARAMETERS } from "../api/directory.ts";
import { LOG_PARAMETERS } from "../api/logs.ts";
import { FIRE_PARAMETERS } from "../api/schedules.ts";
import { KEY_BODY, VALUE_BODY } from "../api/secrets.ts";
import { CALLBACKS } from "./callbacks.ts";
import { HOOKS } from "./hooks.ts";
import { DIFF_PARAMETERS, VERSION_PARAMETERS } from "../api/templates.ts";
import { drawnBy, list, page } from "./lists.ts";
import { API, object, ok, type Operation } from "./operation.ts";
import { RUNS } from "./runs.ts";
import { listOf, ref } from "./shapes.ts";
import { UPKEEP } from "./upkeep.ts";

const TEXT: JsonObject = { type: "string" };

const TEMPLATES: Operation[] = [
  {
    method: "post",
    path: `${API}/templates`,
    id: "define",
    summary: "Check a workflow and store it as a new version of its template.",
    body: DEFINE_BODY,
    replies: {
      200: {
        what: "The latest version is this already; or, with dry_run, what would be stored.",
        schema: { anyOf: [ref("Defined"), ref("DryRun")] },
      },
      201: { what: "Stored.", schema: ref("Defined") },
    },
  },
  list("templates", {
    resource: "templates",
    items: { anyOf: [ref("Template"), ref("StoredDiff")] },
    summary: "List templates; with name and against, what two versions differ in.",
  }),
  {
    method: "get",
    path: `${API}/templates/{name}`,
    id: "template",
    summary: "The latest version of a template.",
    replies: ok("The version.", ref("Template")),
  },
  {
    method: "post",
    path: `${API}/templates/{name}/archive`,
    id: "archive_template",
    summary: "Put a template away: no list shows it, and no run of it begins.",
    body: ARCHIVE_BODY,
    replies: ok("It is archived.", ref("Archived")),
  },
  {
    method: "post",
    path: `${API}/templates/{name}/unarchive`,
    id: "unarchive_template",
    summary: "Take a template back that is archived.",
    body: ARCHIVE_BODY,
    replies: ok("It is not archived.", ref("Archived")),
  },
  {
    method: "get",
    path: `${API}/templates/{name}/versions`,
    id: "list_versions",
    summary: "List the versions of a template, the newest first, without what they define.",
    query: VERSION_PARAMETERS,
    replies: ok("A page of them.", page("versions", ref("Version"))),
  },
  {
    method: "get",
    path: `${API}/templates/{name}/diff`,
    id: "diff_template",
    summary: "What two versions of a template differ in.",
    query: DIFF_PARAMETERS,
    replies: ok("The difference.", ref("StoredDiff")),
  },
  {
    method: "get",
    path: `${API}/templates/{name}/versions/{version}`,
    id: "template_version",
    summary: "One version of a template.",
    replies: ok("The version.", ref("Template")),
  },
  {
    method: "get",
    path: `${API}/templates/{name}/diagram`,
    id: "draw_template",
    summary: "Draw a template.",
    query: drawnBy(TEMPLATE_PARAMETERS),
    replies: ok("The drawing.", ref("Diagram")),
  },
  {
    method: "post",
    path: `${API}/diagrams`,
    id: "sketch",
    summary: "Check and draw a definition that need not be stored.",
    body: SKETCH_BODY,
    replies: ok("The drawing.", ref("Diagram")),
  },
];

const SCHEDULE = `${API}/schedules/{id}`;

const SCHEDULES: Operation[] = [
  {
    method: "get",
    path: `${API}/cron`,
    id: "cron_times",
    summary: "The next times of a cron expression, of which no schedule is made.",
    query: TIMES.properties,
    replies: ok("At most five.", ref("CronTimes")),
  },
  list("schedules", {
    resource: "schedules",
    items: ref("Schedule"),
    summary: "List schedules, with their next times and what became of the last ones.",
  }),
  {
    method: "post",
    path: `${API}/schedules`,
    id: "create_schedule",
    summary: "Let runs of a template begin by themselves.",
    body: SCHEDULE_BODY,
    replies: { 201: { what: "It is at work, or paused.", schema: ref("Schedule") } },
  },
  {
    method: "get",
    path: SCHEDULE,
    id: "schedule",
    summary: "One schedule, by id or name.",
    replies: ok("The schedule.", ref("Schedule")),
  },
  {
    method: "patch",
    path: SCHEDULE,
    id: "update_schedule",
    summary: "Change a schedule; enabled pauses and resumes it.",
    body: SCHEDULE_CHANGE_BODY,
    replies: ok("As it is now.", ref("Schedule")),
  },
  {
    method: "delete",
    path: SCHEDULE,
    id: "delete_schedule",
    summary: "Take a schedule away; its runs stay.",
    replies: ok("It is gone.", object({ id: TEXT, name: TEXT, deleted: { const: true } })),
  },
  {
    method: "post",
    path: `${SCHEDULE}/run`,
    id: "run_schedule",
    summary: "Start a run of a schedule now.",
    body: SCHEDULE_CALL_BODY,
    replies: {
      202: {
        what: "It goes on.",
        schema: object({ schedule: TEXT, due_at: TEXT, workflow_id: TEXT, hint: TEXT }, ["hint"]),
      },
    },
  },
  {
    method: "get",
    path: `${SCHEDULE}/runs`,
    id: "list_fires",
    summary: "What became of a schedule's times, the latest first.",
    query: FIRE_PARAMETERS,
    replies: ok("A page of them.", page("fires", ref("Fire"))),
  },
  {
    method: "post",
    path: `${SCHEDULE}/backfill`,
    id: "backfill_schedule",
    summary: "Start runs for times of the past that have none.",
    body: BACKFILL_BODY,
    replies: {
      200: { what: "With dry_run, for which times.", schema: ref("Backfill") },
      202: { what: "They have begun.", schema: ref("Backfill") },
    },
  },
];

const DIRECTORY: Operation[] = [
  list("actions", {
    resource: "actions",
    items: { anyOf: [ref("Action"), ref("ActionBrief")] },
    summary: "List what a step can do; with name, that one action in full.",
  }),
  {
    method: "get",
    path: `${API}/actions/{name}`,
    id: "action",
    summary: "One action.",
    replies: ok("What there is to know of it.", ref("Action")),
  },
  {
    method: "get",
    path: `${API}/agents`,
    id: "list_agents",
    summary: "List who has used this daemon, and what each has.",
    query: AGENT_PARAMETERS,
    replies: ok("A page of them.", page("agents", ref("Agent"))),
  },
];

const VAULT: Operation[] = [
  {
    method: "get",
    path: `${API}/secrets`,
    id: "list_secrets",
    summary: "List the names of secrets; no route answers a value.",
    replies: ok(
      "All of them.",
      object({ vault: ref("VaultState"), secrets: listOf(ref("Secret")) }),
    ),
  },
  {
    method: "put",
    path: `${API}/secrets/{name}`,
    id: "set_secret",
    summary: "Store a secret.",
    body: VALUE_BODY,
    replies: {
      200: {
        what: "It has another value now.",
        schema: object({ name: TEXT, created: { const: false } }),
      },
      201: { what: "It is new.", schema: object({ name: TEXT, created: { const: true } }) },
    },
  },
  {
    method: "delete",
    path: `${API}/secrets/{name}`,
    id: "delete_secret",
    summary: "Remove a secret.",
    replies: ok("It is gone.", object({ name: TEXT, deleted: { const: true } })),
  },
  {
    method: "post",
    path: `${API}/vault/unlock`,
    id: "unlock_vault",
    summary: "Give the vault its key.",
    body: KEY_BODY,
    replies: ok("It is unlocked.", object({ vault: ref("VaultState") })),
  },
  {
    method: "post",
    path: `${API}/vault/rekey`,
    id: "rekey_vault",
    summary: "Put everything under another key.",
    body: KEY_BODY,
    replies: ok(
      "All is under it.",
      object({ vault: ref("VaultState"), secrets: { type: "integer", minimum: 0 } }),
    ),
  },
];

const DAEMON: Operation[] = [
  {
    method: "get",
    path: `${API}/stats`,
    id: "stats",
    summary: "Counters, and what happened by the minute of the last hour and by the day.",
    query: STATS.properties,
    replies: ok("Of all agents together.", ref("Stats")),
  },
  {
    method: "get",
    path: `${API}/logs`,
    id: "logs",
    summary: "The daemon's newest log lines, and the wait for more.",
    query: LOG_PARAMETERS,
    replies: ok(
      "Lines, and the id after which the next ones come.",
      object({ lines: listOf(ref("LogLine")), last: { type: "integer", minimum: 0 } }),
    ),
  },
  {
    method: "get",
    path: `${API}/settings`,
    id: "settings",
    summary: "What the daemon is, and what it runs with.",
    replies: ok("Its settings, and where each is from; tokens are left out.", ref("Settings")),
  },
  {
    method: "get",
    path: `${API}/isolation`,
    id: "isolation",
    summary: "What programs of workflows are held in.",
    replies: ok(
      "Each guard, as the daemon has tried it.",
      object({ guards: listOf(ref("Guard")) }),
    ),
  },
  {
    method: "get",
    path: "/metrics",
    id: "metrics",
    summary: "What the daemon tells of itself in numbers, for Prometheus.",
    replies: {
      200: { what: "Text 0.0.4.", schema: TEXT, type: "text/plain; version=0.0.4" },
    },
  },
  {
    method: "get",
    path: "/healthz",
    id: "health",
    summary: "How the daemon is.",
    isOpen: true,
    replies: {
      200: { what: "It serves.", schema: ref("Health") },
      503: { what: "It starts, stops, or cannot store anything.", schema: ref("Health") },
    },
  },
  {
    method: "get",
    path: "/schema/workflow.json",
    id: "workflow_schema",
    summary: "The JSON Schema of a workflow's definition.",
    replies: {
      200: { what: "The schema.", schema: { type: "object" }, type: "application/schema+json" },
    },
  },
  {
    method: "get",
    path: "/openapi.json",
    id: "openapi",
    summary: "This document.",
    replies: ok("The document.", { type: "object" }),
  },
];

export const OPERATIONS: readonly Operation[] = [
  ...TEMPLATES,
  ...RUNS,
  ...SCHEDULES,
  ...HOOKS,
  ...CALLBACKS,
  ...DIRECTORY,
  ...VAULT,
  ...UPKEEP,
  ...DAEMON,
];
