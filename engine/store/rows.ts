// What is stored: one kind of row for each kind of thing, and the same as it is read.
//
// Rows refer to a run by its number; its uuid stands in the run row alone. Times are epoch
// milliseconds. JSON travels as text, already masked by the journal's encoder.

import type { CallbackEvent } from "../../core/callback-terms.ts";
import type { HookScheme } from "../../core/hook-terms.ts";
import type { LimitKind } from "../../core/limit-terms.ts";
import type { DecisionStatus, RunStatus, StepStatus } from "../../core/status.ts";
import type { NoticeKind } from "./notice-terms.ts";
import type {
  CatchUp,
  FireCause,
  FireOutcome,
  Overlap,
  ScheduleStatus,
} from "../../core/schedule-terms.ts";
import type { EventType } from "../journal/event-types.ts";
import type { Composed } from "./composed.ts";
import type { EventId } from "./event-id.ts";

/** The fields of a run that change while it lives. */
export interface RunProgress {
  status: RunStatus;
  /** Sequence number of the run's newest event; 0 before the first. */
  lastSeq: number;
  /** Sequence number of the event whose payload's `output` is the run's output. */
  outputSeq: number | null;
  /** The run's error object as JSON text. */
  error: string | null;
  startedAt: number | null;
  completedAt: number | null;
  updatedAt: number;
  /** Active (not suspended) time consumed before `activeSince`, in ms. */
  activeMs: number;
  /** When the current active stretch began; null while not active. */
  activeSince: number | null;
  /** JSON text of what a restart must know of the run beyond its columns; see run/marks. */
  marks: string | null;
}

export interface RunRow extends RunProgress {
  runNo: number;
  id: string;
  templateName: string;
  templateVersion: number;
  agentId: string;
  parentRunNo: number | null;
  parentStepId: string | null;
  /** 0 for a run that nothing started, one more than its parent's otherwise. */
  depth: number;
  /** The params as given, as JSON text. */
  params: string;
  idempotencyKey: string | null;
  /** JSON text of `{workflow_id, step_id}` when the run goes on from a step of another. */
  forkedFrom: string | null;
  /** The id of the run that this one does again; that may be gone by now. */
  rerunOf: string | null;
  createdAt: number;
}

/**
 * A run's new state, applied only if its row still has the expected status and sequence: of two who
 * change a run that they found in the same state, one is fenced.
 */
export interface RunUpdate extends RunProgress {
  runNo: number;
  /** Whose run it is, which never changes: for whoever counts. */
  agentId: string;
  expectStatus: RunStatus;
  expectSeq: number;
  /** Whether `marks` are those that the row has already, as they mostly are. */
  sameMarks: boolean;
}

export interface EventRow {
  runNo: number;
  /** Contiguous from 1 within a run. */
  seq: number;
  type: EventType;
  stepId: string | null;
  /** JSON. */
  payload: string | Composed | null;
  agentId: string | null;
  at: number;
}

export interface StepRow {
  runNo: number;
  /** Full id: sub-steps as `parent.<ns>.<sub>`. */
  stepId: string;
  status: StepStatus;
  /** Number of the newest attempt; only grows in a run's life. 0 before the first. */
  attempt: number;
  /** Retries used of the step's retry budget. */
  retries: number;
  startedAt: number | null;
  completedAt: number | null;
  durationMs: number | null;
  /** Sequence number of the `step_completed` event whose payload's `output` is the step's. */
  outputSeq: number | null;
  /** The step's error object as JSON text. */
  error: string | null;
  /** When a backoff or wait of this step ends. */
  dueAt: number | null;
  /** JSON text of what a restart must know of the step beyond its columns. */
  detail: string | null;
}

export interface ContextRow {
  runNo: number;
  agentId: string;
  originalIntent: string | null;
  /** Accumulated keys, as JSON text. */
  data: string | null;
  agentNotes: string | null;
  createdAt: number;
  updatedAt: number;
}

/** In place of a run's number: that of a timer which belongs to no run. */
export const NO_RUN = 0;

/** A durable timer, of a run or of none; (runNo, key) is its identity. `dueAt: null` removes it. */
export interface TimerRow {
  runNo: number;
  key: string;
  dueAt: number | null;
}

/** How many runs of a template, or of an agent, may have begun and not ended. */
export interface LimitRow {
  kind: LimitKind;
  name: string;
  most: number;
}

/** A timer without a run, as whoever acts on it found it. */
export interface TimerClaim {
  key: string;
  dueAt: number;
}

/** A question that a reasoning step asks; a step that runs again asks anew, under another id. */
export interface DecisionRow {
  /** UUIDv7. */
  id: string;
  runNo: number;
  /** Full id of the reasoning step. */
  stepId: string;
  /** The run's agent. */
  agentId: string;
  /** Who alone may decide; null for anyone. */
  targetAgentId: string | null;
  /** Sequence number of the `decision_requested` event, whose payload is the decision's context. */
  requestedSeq: number;
  /** JSON text of `[{id, description?}]`; empty for a free-form answer. */
  options: string;
  timeoutAt: number | null;
  /** The option chosen when `timeoutAt` passes. */
  fallback: string | null;
  status: DecisionStatus;
  /** Sequence number of the `decision_resolved` event, whose payload is the resolution. */
  resolvedSeq: number | null;
  resolvedBy: string | null;
  resolvedAt: number | null;
  createdAt: number;
}

/** Up to when the links of a decision were made that answer nothing any more. */
export interface RevokedLinks {
  runNo: number;
  decisionId: string;
  /** Epoch ms. */
  revokedAt: number;
}

/** A value that holds secrets, kept beside its masked form; (runNo, slot) is its identity. */
export interface SealRow {
  runNo: number;
  /** Which of the run's values it is; see secrecy/sealed. */
  slot: string;
  /** The value as JSON, encrypted. */
  blob: Uint8Array;
}

export interface TemplateRow {
  name: string;
  /** 1, 2, 3 … within a name; immutable once stored, but for `archivedAt`. */
  version: number;
  description: string | null;
  /** JSON text exactly as received. */
  definition: string;
  inputSchema: string | null;
  outputSchema: string | null;
  triggers: string | null;
  agentId: string;
  createdAt: number;
  /** Since when the template is put away: of all its versions the same; null while it is not. */
  archivedAt: number | null;
}

/** Since when a template is archived; null: it is not any more. */
export type Archiving = Pick<TemplateRow, "name" | "archivedAt">;

/** What a template's newest version says without its texts. */
export type NewestVersion = Pick<TemplateRow, "version" | "archivedAt">;

/** When runs of a template begin by themselves. Its timer, while it is active, is a free one. */
export interface ScheduleRow {
  /** A UUID; of a trigger it follows from template and trigger, so that it is always the same. */
  id: string;
  /** Unique; of a trigger `TEMPLATE.TRIGGER`. */
  name: string;
  templateName: string;
  /** Null: the latest at the time of each run. */
  templateVersion: number | null;
  /** Whose runs they are. */
  agentId: string;
  cron: string;
  /** IANA name. */
  timezone: string;
  /** The params of each run, as JSON text. */
  params: string;
  overlap: Overlap;
  catchUp: CatchUp;
  /** Each run begins up to so much later than its time. */
  jitterMs: number;
  /** No run begins for a later time. */
  endsAt: number | null;
  /** Most runs that it starts by itself. */
  maxRuns: number | null;
  /** The name of the trigger of the template that made it; null when somebody did. */
  trigger: string | null;
  status: ScheduleStatus;
  /** Why it is not active, in words. */
  reason: string | null;
  /** The time (without jitter) for which the next run begins; null while none does. */
  nextAt: number | null;
  /** Runs that it has started by itself. */
  runs: number;
  /** JSON text of the numbers of those that may not be over yet, the newest last. */
  openRuns: string;
  /** The time for which a run waits until those before it are over; null when none does. */
  queuedAt: number | null;
  createdAt: number;
  updatedAt: number;
}

/** What became of one time of a schedule; (scheduleId, dueAt) is its identity. */
export interface FireRow {
  scheduleId: string;
  /** The time of the schedule, without jitter; when somebody asked, the time of asking. */
  dueAt: number;
  cause: FireCause;
  /** When this was written. */
  at: number;
  /** The run that it has started. */
  runNo: number | null;
  outcome: FireOutcome;
  /** JSON text of why there is no run: `{reason, missed?}`, or `{error}`. */
  detail: string | null;
}

/** What a hand-over says of schedules: both lists of rows are upserts. */
export interface Scheduling {
  /** Ids of those that are taken away; what became of their times stays. */
  removed: string[];
  schedules: ScheduleRow[];
  fires: FireRow[];
}

/** A fire, and how its run stands now. */
export interface StoredFire extends FireRow {
  runId: string | null;
  runStatus: RunStatus | null;
}

/** Where deliveries for a template come in; (templateName, name) is its identity. */
export interface HookRow {
  templateName: string;
  name: string;
  /** Whose runs they are: who defined the template last. */
  agentId: string;
  verify: HookScheme;
  /** The name of the secret by which a delivery is verified. */
  secret: string | null;
  /** A jq program that makes the params of what is delivered. */
  map: string | null;
  createdAt: number;
}

/** What the latest version of a template says of its hooks: these, and no others. */
export interface TemplateHooks {
  templateName: string;
  hooks: HookRow[];
}

/** What others are still to be told of an event of a run; (runNo, seq) is its identity. */
export interface CallbackRow {
  runNo: number;
  /** Of the event. */
  seq: number;
  event: CallbackEvent;
  url: string;
  /** The name of the secret by which it is signed. */
  secret: string;
  /** Whose run it is. */
  agentId: string;
  /** JSON text of what it says beside what the event has. */
  head: string;
  /** How often it was sent in vain. */
  attempts: number;
  firstTriedAt: number | null;
  /** The last time that it was sent in vain, and what came of it, in words. */
  lastTriedAt: number | null;
  lastError: string | null;
  /** When its timer was last set for: it is sent then, or once those before it of its run are. */
  dueAt: number;
  /** Since when it is sent no more; others of its run do not wait for it. */
  givenUpAt: number | null;
}

/** A callback, and whether others of its run are sent before it. */
export interface StoredCallback extends CallbackRow {
  isBehind: boolean;
}

/** What a hand-over says of callbacks; the rows are upserts. */
export interface Calling {
  removed: Pick<CallbackRow, "runNo" | "seq">[];
  rows: CallbackRow[];
}

/** What an agent that is away is to be told when it is there. */
export interface NoticeRow {
  /** A UUID; of a question that of its decision. */
  id: string;
  /** Whom it is for. */
  agentId: string;
  /** The id of the run that says so, which may be gone by now. */
  runId: string;
  kind: NoticeKind;
  /** JSON text of what it says. */
  body: string;
  /** How many for the same agent, all older, were dropped for want of room or time. */
  dropped: number;
  at: number;
}

/** What a hand-over says of notices. */
export interface Noticing {
  rows: NoticeRow[];
  /** Ids of those that their agents have been told. */
  told: string[];
  /** Ids of those that are of no use any more, if they are there. */
  withdrawn: string[];
}

/** Registers an agent that is unknown, moves `last_seen_at` of a known one. */
export interface AgentTouch {
  id: string;
  at: number;
}

/** Sizes of texts are bytes of UTF-8. A text with a size that is null was not read. */
export interface StoredEvent extends Omit<EventRow, "runNo" | "payload"> {
  payload: string | null;
  payloadSize: number;
  id: EventId;
  runId: string;
}

/** A step row with the text of its output (JSON) resolved. */
export interface StoredStep extends StepRow {
  /** Null also when it was left out. */
  output: string | null;
  /** Bytes of what holds it, a little more than it has, when it was left out; else its length. */
  outputSize: number;
}

/** A decision with the texts (JSON) that its row points to. */
export interface StoredDecision extends DecisionRow {
  runId: string;
  /**
   * With the outputs that the run had when it asked, and cut to what the read had room for; then
   * it has `truncated: true`.
   */
  context: string;
  contextCut: boolean;
  resolution: string | null;
}

export interface AgentRow {
  id: string;
  name: string;
  type: "llm" | "system" | "human" | "service";
  createdAt: number;
  lastSeenAt: number | null;
}
