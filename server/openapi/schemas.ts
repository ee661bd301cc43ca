// What the REST API answers with: the JSON Schema of each shape, by the name it has in the document.
//
// The types are those of `engine/api.ts`, so that a member which is added there is missing here until
// it is described. Shapes are open: what they do not name may come with a later version.

import { ERROR_CODES, type ErrorObject } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { DECISION_STATUSES, STEP_STATUSES } from "../../core/status.ts";
import { WAYS } from "../../core/via.ts";
import type {
  ActionDoc,
  DecisionBrief,
  EventReport,
  ForkedFrom,
  KeptSignalReport,
  LinkReply,
  NotificationReport,
  ProgramReport,
  RunReply,
  SignalReply,
  StatusReply,
  StepReport,
  StepState,
  UnlinkReply,
  WaitingSignal,
} from "../../engine/api.ts";
import { BULK_ACTIONS, type BulkReply } from "../../engine/contract/bulk.ts";
import { SIGNAL_TYPES } from "../../engine/contract/signal.ts";
import { WRITTEN_TYPES } from "../../engine/journal/event-types.ts";
import { CALLBACK_SCHEMAS } from "./callbacks.ts";
import { HOOK_SCHEMAS } from "./hooks.ts";
import { COUNTERS } from "./counters.ts";
import { SCHEDULES } from "./schedules.ts";
import { TEMPLATES } from "./templates.ts";
import {
  ANY,
  COUNT,
  CUT,
  FLAG,
  ID,
  listOf,
  mapOf,
  MOMENT,
  MS,
  OBJECT,
  ref,
  RUN_STATUS,
  shape,
  SIZE,
  TEXT,
  TEXTS,
  YES,
} from "./shapes.ts";
import type { VaultState } from "../../engine/vault/secrets.ts";
import type { SecretReport } from "../../engine/vault/vault.ts";
import type { IsolationRow } from "../../core/isolation.ts";
import type { SettingReport } from "../settings/report.ts";

const VAULT: JsonObject = {
  type: "string",
  enum: ["unlocked", "locked", "new"] satisfies VaultState[],
};

const HEALTH: JsonObject = { type: "string", enum: ["starting", "ok", "stopping", "unhealthy"] };

const POISONED = shape<NonNullable<RunReply["poisoned"]>>(["deaths", "reason"], {
  deaths: COUNT,
  reason: TEXT,
});

const RERUN_OF: JsonObject = {
  ...ID,
  description: "The run that this one does again; it may be gone by now.",
};

/** What is told of a run by whoever reports it. */
const OF_RUN = {
  interrupted: TEXTS,
  programs: listOf(ref("Program")),
  start_at: MOMENT,
  waits_for: {
    ...TEXTS,
    description: "Which settings keep a pending run waiting, such as limits.templates.deploy.",
  },
  timed_out: YES,
  poisoned: POISONED,
  removed_at: {
    ...MOMENT,
    description: "Since when its steps, events and values are gone: only how it ended is left.",
  },
  waiting_signals: listOf(ref("WaitingSignal")),
  output: ANY,
  output_size: SIZE,
  error: ref("Error"),
  started_at: MOMENT,
  completed_at: MOMENT,
  truncated: CUT,
};

const RUN: Record<keyof RunReply, JsonObject> = {
  ...OF_RUN,
  workflow_id: ID,
  status: RUN_STATUS,
  waiting: { ...FLAG, description: "wait_ms ran out first: ask for the state later." },
  replayed: YES,
  template_version: { ...TEXT, description: "Of a run that is replayed: its own." },
  warnings: TEXTS,
  forked_from: ref("ForkedFrom"),
  rerun_of: RERUN_OF,
  kept_steps: TEXTS,
  steps: mapOf(ref("StepReport")),
  pending_decisions: listOf(ref("DecisionBrief")),
};

const STEP: Record<keyof StepReport, JsonObject> = {
  step_id: TEXT,
  status: { type: "string", enum: [...STEP_STATUSES] },
  output: ANY,
  output_size: SIZE,
  error: ref("Error"),
  duration_ms: MS,
  child_workflow_id: ID,
  exhausted_after: COUNT,
};

/** Of runs: how they are started, stand, and are steered. */
const RUNS: Record<string, JsonObject> = {
  Run: shape<RunReply>(["workflow_id", "status"], RUN),
  RunState: shape<StatusReply>(
    [
      "workflow_id",
      "status",
      "template_name",
      "template_version",
      "agent_id",
      "created_at",
      "steps",
      "pending_decisions",
      "events",
    ],
    {
      ...OF_RUN,
      workflow_id: ID,
      status: RUN_STATUS,
      template_name: TEXT,
      template_version: TEXT,
      agent_id: TEXT,
      parent_workflow_id: ID,
      forked_from: ref("ForkedFrom"),
      rerun_of: RERUN_OF,
      created_at: MOMENT,
      steps: mapOf(ref("StepState")),
      pending_decisions: listOf(ref("Decision")),
      kept_signals: listOf(ref("KeptSignal")),
      notifications: listOf(ref("Notification")),
      context: OBJECT,
      events: listOf(ref("Event")),
      events_truncated: FLAG,
    },
  ),
  Notification: shape<NotificationReport>(
    ["notification_id", "agent_id", "step_id", "message", "queued_at"],
    {
      notification_id: ID,
      agent_id: TEXT,
      step_id: TEXT,
      message: TEXT,
      data: ANY,
      data_size: COUNT,
      queued_at: MOMENT,
      dropped: COUNT,
    },
  ),
  RunSummary: shape<Record<string, unknown>>(
    ["id", "template_name", "template_version", "status", "agent_id", "created_at", "updated_at"],
    {
      ...OF_RUN,
      id: ID,
      name: TEXT,
      template_name: TEXT,
      template_version: TEXT,
      status: RUN_STATUS,
      agent_id: TEXT,
      parent_workflow_id: ID,
      forked_from: ref("ForkedFrom"),
      rerun_of: RERUN_OF,
      input_params: OBJECT,
      input_params_size: SIZE,
      created_at: MOMENT,
      updated_at: MOMENT,
    },
  ),
  Signalled: shape<SignalReply>(["ok", "workflow_id", "signal_type"], {
    ...RUN,
    ok: YES,
    signal_type: { type: "string", enum: [...SIGNAL_TYPES] },
    resumed: FLAG,
    rerun: TEXTS,
    still_failed: TEXTS,
    skipped: TEXT,
    read_by: TEXTS,
    decision_id: ID,
    met: TEXTS,
    kept: TEXTS,
    hint: TEXT,
  }),
  Bulk: shape<BulkReply>(["action", "count"], {
    action: { type: "string", enum: [...BULK_ACTIONS] },
    count: COUNT,
    digest: TEXT,
    sample: listOf(ref("RunSummary")),
    left_out: listOf(
      shape<NonNullable<BulkReply["left_out"]>[number]>(["workflow_id", "why"], {
        workflow_id: ID,
        why: TEXT,
      }),
    ),
    done: COUNT,
    refused_count: COUNT,
    refused: listOf(
      shape<NonNullable<BulkReply["refused"]>[number]>(["workflow_id", "code", "message"], {
        workflow_id: ID,
        code: { type: "string", enum: [...ERROR_CODES] },
        message: TEXT,
      }),
    ),
    still_failed: listOf(
      shape<NonNullable<BulkReply["still_failed"]>[number]>(["workflow_id", "steps"], {
        workflow_id: ID,
        steps: TEXTS,
      }),
    ),
  }),
  StepReport: shape<StepReport>(["step_id", "status"], STEP),
  StepState: shape<StepState>(["step_id", "status", "workflow_id", "attempt", "retry_count"], {
    ...STEP,
    workflow_id: ID,
    attempt: COUNT,
    retry_count: COUNT,
    started_at: MOMENT,
    completed_at: MOMENT,
    due_at: MOMENT,
  }),
  ForkedFrom: shape<ForkedFrom>(["workflow_id", "step_id"], { workflow_id: ID, step_id: TEXT }),
  Program: shape<ProgramReport>(["step_id", "pid", "command", "running"], {
    step_id: TEXT,
    pid: COUNT,
    command: TEXT,
    running: FLAG,
  }),
  WaitingSignal: shape<WaitingSignal>(["step_id", "signal"], { step_id: TEXT, signal: TEXT }),
  KeptSignal: shape<KeptSignalReport>(["sequence"], {
    sequence: COUNT,
    step_id: TEXT,
    signal: TEXT,
  }),
  DecisionBrief: shape<DecisionBrief>(["decision_id", "step_id", "options"], {
    decision_id: ID,
    step_id: TEXT,
    options: TEXTS,
    target_agent_id: TEXT,
    timeout_at: MOMENT,
  }),
};

/** Of what is listed beside templates and runs. */
const OTHERS: Record<string, JsonObject> = {
  Decision: shape<Record<string, unknown>>(
    ["id", "decision_id", "workflow_id", "step_id", "status", "agent_id", "context", "options"],
    {
      id: ID,
      decision_id: ID,
      workflow_id: ID,
      step_id: TEXT,
      status: { type: "string", enum: [...DECISION_STATUSES] },
      agent_id: TEXT,
      target_agent_id: TEXT,
      context: ANY,
      options: listOf(OBJECT),
      fallback: TEXT,
      timeout_at: MOMENT,
      resolution: ANY,
      resolved_by: TEXT,
      via: { type: "string", enum: [...WAYS] },
      resolved_at: MOMENT,
      created_at: MOMENT,
    },
  ),
  DecisionLink: shape<LinkReply>(["url", "decision_id", "agent_id", "expires_at"], {
    url: { type: "string", format: "uri" },
    decision_id: ID,
    agent_id: TEXT,
    expires_at: MOMENT,
  }),
  DecisionUnlinked: shape<UnlinkReply>(["decision_id", "revoked_at"], {
    decision_id: ID,
    revoked_at: MOMENT,
  }),
  Event: shape<EventReport>(["id", "workflow_id", "event_type", "timestamp", "sequence"], {
    id: { description: "To be given back as it is: after_id, Last-Event-ID." },
    workflow_id: ID,
    step_id: TEXT,
    event_type: { type: "string", enum: [...WRITTEN_TYPES] },
    payload: ANY,
    payload_size: SIZE,
    agent_id: TEXT,
    timestamp: MOMENT,
    sequence: COUNT,
  }),
  Action: shape<ActionDoc>(["name", "description", "effects", "repeatable", "input", "output"], {
    name: TEXT,
    description: TEXT,
    effects: {
      type: "string",
      enum: ["none", "store", "external", "by params"] satisfies ActionDoc["effects"][],
    },
    repeatable: FLAG,
    input: { type: "object", description: "JSON Schema of its params." },
    output: { type: "object", description: "JSON Schema of its result." },
    example: { type: "object", description: "A whole step." },
  }),
  ActionBrief: shape<Pick<ActionDoc, "name" | "description">>(["name", "description"], {
    name: TEXT,
    description: TEXT,
  }),
  Secret: shape<SecretReport>(["name", "created_at", "updated_at"], {
    name: TEXT,
    created_at: MOMENT,
    updated_at: MOMENT,
  }),
  VaultState: VAULT,
  Health: shape<Record<string, unknown>>(["status", "version"], {
    status: HEALTH,
    version: TEXT,
    reason: { type: "string", description: "What somebody has to mend." },
  }),
  Settings: shape<Record<string, unknown>>(
    ["status", "version", "started_at", "url", "home", "settings", "agents", "warnings"],
    {
      status: HEALTH,
      reason: { type: "string", description: "What somebody has to mend." },
      version: TEXT,
      runtime: TEXT,
      pid: COUNT,
      started_at: MOMENT,
      url: { type: "string", description: "Where clients are told to come." },
      home: { type: "string", description: "The data directory." },
      settings: listOf(
        shape<SettingReport>(["name", "value", "from", "rule"], {
          name: TEXT,
          value: ANY,
          from: { type: "string", description: "A flag, a variable, a file, or `default`." },
          rule: { type: "string", description: "What a value may be: must be …" },
          unit: { enum: ["bytes"], description: "What the number counts." },
        }),
      ),
      agents: listOf(
        shape<Record<string, unknown>>(["name", "allow", "templates", "decide"], {
          name: TEXT,
          allow: TEXTS,
          templates: TEXTS,
          decide: { type: ["string", "array"], items: TEXT },
        }),
      ),
      warnings: TEXTS,
    },
  ),
  Guard: shape<IsolationRow>(["guard", "asked", "available", "by"], {
    guard: TEXT,
    asked: { type: "boolean", description: "Whether the settings ask for it." },
    available: { type: "boolean", description: "Whether it holds here." },
    by: { type: "string", description: "What holds it, or why nothing does." },
    remedy: TEXT,
  }),
  LogLine: shape<Record<string, unknown>>(["id", "entry"], { id: COUNT, entry: OBJECT }),
  Error: shape<ErrorObject>(["code", "message"], {
    code: { type: "string", enum: [...ERROR_CODES] },
    message: TEXT,
    step_id: TEXT,
    details: { type: "object", description: "`path` names the member that is wrong." },
  }),
};

export const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  ...TEMPLATES,
  ...RUNS,
  ...SCHEDULES,
  ...HOOK_SCHEMAS,
  ...CALLBACK_SCHEMAS,
  ...COUNTERS,
  ...OTHERS,
};
