// Rows for tests: plausible in every field, with what a test cares about given.

import {
  type CallbackRow,
  type DecisionRow,
  emptyHandOver,
  type EventId,
  type EventRow,
  type FireRow,
  type HandOver,
  type HookRow,
  type NoticeRow,
  type RunRow,
  type RunUpdate,
  type ScheduleRow,
  type StepRow,
  type TemplateRow,
} from "../../engine/store/store.ts";

/** What a store could give the event at this place of its log. */
export function eventId(place: number): EventId {
  return place as EventId;
}

/** An id that is a UUID and differs by number. */
export function uuid(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

export function run(runNo: number, fields: Partial<RunRow> = {}): RunRow {
  return {
    runNo,
    id: uuid(runNo),
    templateName: "report",
    templateVersion: 1,
    agentId: "agent",
    parentRunNo: null,
    parentStepId: null,
    depth: 0,
    params: "{}",
    idempotencyKey: null,
    forkedFrom: null,
    rerunOf: null,
    createdAt: 1_000 + runNo,
    status: "active",
    lastSeq: 0,
    outputSeq: null,
    error: null,
    startedAt: 1_000,
    completedAt: null,
    updatedAt: 1_000,
    activeMs: 0,
    activeSince: 1_000,
    marks: null,
    ...fields,
  };
}

/** The changing fields of a run that is active at sequence 0 before and completed after. */
export function runUpdate(runNo: number, fields: Partial<RunUpdate> = {}): RunUpdate {
  return {
    runNo,
    agentId: "agent",
    sameMarks: false,
    expectStatus: "active",
    expectSeq: 0,
    status: "completed",
    lastSeq: 0,
    outputSeq: null,
    error: null,
    startedAt: 1_000,
    completedAt: 2_000,
    updatedAt: 2_000,
    activeMs: 1_000,
    activeSince: null,
    marks: null,
    ...fields,
  };
}

export function event(runNo: number, seq: number, fields: Partial<EventRow> = {}): EventRow {
  return {
    runNo,
    seq,
    type: "step_started",
    stepId: null,
    payload: null,
    agentId: null,
    at: 1_000 + seq,
    ...fields,
  };
}

export function stepRow(runNo: number, stepId: string, fields: Partial<StepRow> = {}): StepRow {
  return {
    runNo,
    stepId,
    status: "completed",
    attempt: 1,
    retries: 0,
    startedAt: 1_000,
    completedAt: 1_001,
    durationMs: 1,
    outputSeq: null,
    error: null,
    dueAt: null,
    detail: null,
    ...fields,
  };
}

/** A decision that waits; its id is `uuid(n)`. */
export function decisionRow(
  runNo: number,
  n: number,
  fields: Partial<DecisionRow> = {},
): DecisionRow {
  return {
    id: uuid(n),
    runNo,
    stepId: "ask",
    agentId: "agent",
    targetAgentId: null,
    requestedSeq: 1,
    options: `[{"id":"yes"},{"id":"no"}]`,
    timeoutAt: null,
    fallback: null,
    status: "pending",
    resolvedSeq: null,
    resolvedBy: null,
    resolvedAt: null,
    createdAt: 1_000 + n,
    ...fields,
  };
}

export function templateRow(
  name: string,
  version: number,
  fields: Partial<TemplateRow> = {},
): TemplateRow {
  return {
    name,
    version,
    description: null,
    definition: `{"steps":[]}`,
    inputSchema: null,
    outputSchema: null,
    triggers: null,
    agentId: "agent",
    createdAt: 1_000,
    archivedAt: null,
    ...fields,
  };
}

/** An active schedule; its id is `uuid(n)`. */
export function scheduleRow(n: number, fields: Partial<ScheduleRow> = {}): ScheduleRow {
  return {
    id: uuid(n),
    name: `schedule-${n}`,
    templateName: "report",
    templateVersion: null,
    agentId: "agent",
    cron: "0 * * * *",
    timezone: "UTC",
    params: "{}",
    overlap: "skip",
    catchUp: "one",
    jitterMs: 0,
    endsAt: null,
    maxRuns: null,
    trigger: null,
    status: "active",
    reason: null,
    nextAt: 3_600_000,
    runs: 0,
    openRuns: "[]",
    queuedAt: null,
    createdAt: 1_000,
    updatedAt: 1_000,
    ...fields,
  };
}

/** A fire of schedule n that has started a run. */
export function fireRow(n: number, dueAt: number, fields: Partial<FireRow> = {}): FireRow {
  return {
    scheduleId: uuid(n),
    dueAt,
    cause: "cron",
    at: dueAt,
    runNo: 1,
    outcome: "started",
    detail: null,
    ...fields,
  };
}

/** What others are to be told of the run's event with this number. */
export function callbackRow(
  runNo: number,
  seq: number,
  fields: Partial<CallbackRow> = {},
): CallbackRow {
  return {
    runNo,
    seq,
    event: "completed",
    url: "http://receiver.test/",
    secret: "S",
    agentId: "agent",
    head: `{"workflow_id":"${uuid(runNo)}"}`,
    attempts: 0,
    firstTriedAt: null,
    lastTriedAt: null,
    lastError: null,
    dueAt: 5,
    givenUpAt: null,
    ...fields,
  };
}

/** A message of the first run for the agent; its id is `uuid(n)`, and it came at n. */
export function noticeRow(n: number, fields: Partial<NoticeRow> = {}): NoticeRow {
  return {
    id: uuid(n),
    agentId: "agent",
    runId: uuid(1),
    kind: "message",
    body: `{"message":"${n}"}`,
    dropped: 0,
    at: n,
    ...fields,
  };
}

/** A hook of the template that asks for no proof. */
export function hookRow(
  templateName: string,
  name: string,
  fields: Partial<HookRow> = {},
): HookRow {
  return {
    templateName,
    name,
    agentId: "agent",
    verify: "none",
    secret: null,
    map: null,
    createdAt: 1_000,
    ...fields,
  };
}

/** A hand-over with the given rows. */
export function handOver(rows: Partial<HandOver>): HandOver {
  return { ...emptyHandOver(), ...rows };
}
