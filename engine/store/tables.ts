// What each table holds: of every column its field, its name and the kind of its values, said once.
//
// Whatever names columns derives from here: the lists in statements, what crosses to a writer, how
// rows are read back. Each store says in its own words what a kind is stored as.

import { CALLBACK_EVENTS } from "../../core/callback-terms.ts";
import { HOOK_SCHEMES } from "../../core/hook-terms.ts";
import {
  CATCH_UPS,
  FIRE_CAUSES,
  FIRE_OUTCOMES,
  OVERLAPS,
  SCHEDULE_STATUSES,
} from "../../core/schedule-terms.ts";
import { DECISION_STATUSES, RUN_STATUSES, STEP_STATUSES } from "../../core/status.ts";
import { EVENT_TYPES } from "../journal/event-types.ts";
import { NOTICE_KINDS } from "./notice-terms.ts";
import type { Column, Columns, Table } from "./columns.ts";
import type { Composed } from "./composed.ts";
import { type BucketRow, HAPPENED, SPANS, TALLIED, type TallyRow } from "./counts.ts";
import type {
  AgentRow,
  CallbackRow,
  ContextRow,
  DecisionRow,
  EventRow,
  FireRow,
  HookRow,
  NoticeRow,
  RevokedLinks,
  RunProgress,
  RunRow,
  ScheduleRow,
  SealRow,
  StepRow,
  SuspectRow,
  TemplateRow,
  TimerRow,
} from "./store.ts";
import type { SecretRow, VaultMeta } from "./vault-store.ts";

export {
  type Column,
  type Columns,
  columnsOf,
  fieldsOf,
  type Named,
  numberOf,
  type Table,
} from "./columns.ts";

const whole: Column<number> = { kind: "whole", nullable: false };
const text: Column<string> = { kind: "text", nullable: false };
const json: Column<string> = { kind: "json", nullable: false };
const content: Column<string> = { kind: "content", nullable: false };
/** Content that may be composed: a store keeps then where its parts are. */
const composable = content as unknown as Column<string | Composed>;
const bytes: Column<Uint8Array> = { kind: "bytes", nullable: false };

function name<T extends string>(names: readonly T[]): Column<T> {
  return { kind: "name", nullable: false, names };
}

/** Texts of which there are few, all known to whoever writes them. */
function word<T extends string>(): Column<T> {
  return text as Column<string> as unknown as Column<T>;
}

function nullable<Value>(column: Column<Value>): Column<Value | null> {
  return { ...column, nullable: true } as unknown as Column<Value | null>;
}

/** What of a run changes while it lives. */
export const PROGRESS: Columns<RunProgress> = {
  status: name(RUN_STATUSES),
  lastSeq: whole,
  outputSeq: nullable(whole),
  error: nullable(json),
  startedAt: nullable(whole),
  completedAt: nullable(whole),
  updatedAt: whole,
  activeMs: whole,
  activeSince: nullable(whole),
  marks: nullable(json),
};

export const RUNS: Table<RunRow> = {
  name: "runs",
  key: ["runNo"],
  columns: {
    runNo: whole,
    id: text,
    templateName: text,
    templateVersion: whole,
    agentId: text,
    parentRunNo: nullable(whole),
    parentStepId: nullable(text),
    depth: whole,
    params: content,
    idempotencyKey: nullable(text),
    forkedFrom: nullable(json),
    rerunOf: nullable(text),
    createdAt: whole,
    ...PROGRESS,
  },
};

export const EVENTS: Table<EventRow> = {
  name: "events",
  key: ["runNo", "seq"],
  columns: {
    runNo: whole,
    seq: whole,
    type: name(EVENT_TYPES),
    stepId: nullable(text),
    payload: nullable(composable),
    agentId: nullable(text),
    at: whole,
  },
  numbered: "id",
};

export const STEPS: Table<StepRow> = {
  name: "steps",
  key: ["runNo", "stepId"],
  columns: {
    runNo: whole,
    stepId: text,
    status: name(STEP_STATUSES),
    attempt: whole,
    retries: whole,
    startedAt: nullable(whole),
    completedAt: nullable(whole),
    durationMs: nullable(whole),
    outputSeq: nullable(whole),
    error: nullable(json),
    dueAt: nullable(whole),
    detail: nullable(json),
  },
};

export const CONTEXTS: Table<ContextRow> = {
  name: "contexts",
  key: ["runNo"],
  columns: {
    runNo: whole,
    agentId: text,
    originalIntent: nullable(text),
    data: nullable(json),
    agentNotes: nullable(text),
    createdAt: whole,
    updatedAt: whole,
  },
};

/** Those without a time are not in the table. */
export const TIMERS: Table<TimerRow & { dueAt: number }> = {
  name: "timers",
  key: ["runNo", "key"],
  columns: { runNo: whole, key: text, dueAt: whole },
};

export const DECISIONS: Table<DecisionRow> = {
  name: "decisions",
  key: ["id"],
  columns: {
    id: text,
    runNo: whole,
    stepId: text,
    agentId: text,
    targetAgentId: nullable(text),
    requestedSeq: whole,
    options: json,
    timeoutAt: nullable(whole),
    fallback: nullable(text),
    status: name(DECISION_STATUSES),
    resolvedSeq: nullable(whole),
    resolvedBy: nullable(text),
    resolvedAt: nullable(whole),
    createdAt: whole,
  },
  numbered: "no",
};

export const REVOKED_LINKS: Table<RevokedLinks> = {
  name: "revoked_links",
  key: ["runNo", "decisionId"],
  columns: { runNo: whole, decisionId: text, revokedAt: whole },
};

export const SEALS: Table<SealRow> = {
  name: "seals",
  key: ["runNo", "slot"],
  columns: { runNo: whole, slot: text, blob: bytes },
};

export const TEMPLATES: Table<TemplateRow> = {
  name: "templates",
  key: ["name", "version"],
  columns: {
    name: text,
    version: whole,
    description: nullable(text),
    definition: content,
    inputSchema: nullable(content),
    outputSchema: nullable(content),
    triggers: nullable(content),
    agentId: text,
    createdAt: whole,
    archivedAt: nullable(whole),
  },
  numbered: "no",
};

export const SCHEDULES: Table<ScheduleRow> = {
  name: "schedules",
  key: ["id"],
  columns: {
    id: text,
    name: text,
    templateName: text,
    templateVersion: nullable(whole),
    agentId: text,
    cron: text,
    timezone: text,
    params: content,
    overlap: name(OVERLAPS),
    catchUp: name(CATCH_UPS),
    jitterMs: whole,
    endsAt: nullable(whole),
    maxRuns: nullable(whole),
    trigger: { ...nullable(text), as: "trigger_name" },
    status: name(SCHEDULE_STATUSES),
    reason: nullable(text),
    nextAt: nullable(whole),
    runs: whole,
    openRuns: json,
    queuedAt: nullable(whole),
    createdAt: whole,
    updatedAt: whole,
  },
};

export const FIRES: Table<FireRow> = {
  name: "fires",
  key: ["scheduleId", "dueAt"],
  columns: {
    scheduleId: text,
    dueAt: whole,
    cause: name(FIRE_CAUSES),
    at: whole,
    runNo: nullable(whole),
    outcome: name(FIRE_OUTCOMES),
    detail: nullable(json),
  },
};

export const HOOKS: Table<HookRow> = {
  name: "hooks",
  key: ["templateName", "name"],
  columns: {
    templateName: text,
    name: text,
    agentId: text,
    verify: name(HOOK_SCHEMES),
    secret: nullable(text),
    map: nullable(text),
    createdAt: whole,
  },
};

export const CALLBACKS: Table<CallbackRow> = {
  name: "callbacks",
  key: ["runNo", "seq"],
  columns: {
    runNo: whole,
    seq: whole,
    event: name(CALLBACK_EVENTS),
    url: text,
    secret: text,
    agentId: text,
    head: json,
    attempts: whole,
    firstTriedAt: nullable(whole),
    lastTriedAt: nullable(whole),
    lastError: nullable(text),
    dueAt: whole,
    givenUpAt: nullable(whole),
  },
};

export const NOTICES: Table<NoticeRow> = {
  name: "notices",
  key: ["id"],
  columns: {
    id: text,
    agentId: text,
    runId: text,
    kind: name(NOTICE_KINDS),
    body: json,
    dropped: whole,
    at: whole,
  },
  numbered: "no",
};

export const AGENTS: Table<AgentRow> = {
  name: "agents",
  key: ["id"],
  columns: {
    id: text,
    name: text,
    type: word<AgentRow["type"]>(),
    createdAt: whole,
    lastSeenAt: nullable(whole),
  },
};

export const TALLIES: Table<TallyRow> = {
  name: "tallies",
  key: ["agentId", "what"],
  columns: { agentId: text, what: name(TALLIED), count: whole },
};

export const BUCKETS: Table<BucketRow> = {
  name: "buckets",
  key: ["span", "at", "what"],
  columns: { span: name(SPANS), at: whole, what: name(HAPPENED), count: whole },
};

export const SUSPECTS: Table<SuspectRow> = {
  name: "suspects",
  key: ["runNo"],
  columns: { runNo: whole, deaths: whole, doing: nullable(text), reason: nullable(text) },
};

export const SECRETS: Table<SecretRow> = {
  name: "secrets",
  key: ["name"],
  columns: { name: { ...text, as: "key" }, value: bytes, createdAt: whole, updatedAt: whole },
};

/** Has one row at the most. */
export const VAULT_META: Table<VaultMeta> = {
  name: "vault_meta",
  key: [],
  columns: {
    kdf: word<VaultMeta["kdf"]>(),
    iterations: whole,
    salt: bytes,
    canary: bytes,
    createdAt: whole,
    keyedAt: whole,
  },
  numbered: "no",
};
