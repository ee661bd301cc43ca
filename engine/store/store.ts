// What a store must do: commit hand-overs atomically and answer named reads from committed rows.
//
// Several processes may write to one store, each through a handle of its own: what is said here of a
// method holds then, too. A read sees all that was committed, by whomever, before it was asked for.
//
// Rows refer to a run by its number; its uuid stands in the run row alone. Times are epoch
// milliseconds. JSON travels as text, already masked by the journal's encoder.

import type { DecisionStatus, RunStatus, StepStatus } from "../../core/status.ts";
import type { EventType } from "../journal/event-types.ts";
import type { EventId } from "./event-id.ts";
import type { DecisionFilter, EventFilter, Page, RunFilter, TemplateFilter } from "./filters.ts";
import type { OpenRun, SuspectStore } from "./suspect-store.ts";
import type { RunHead, RunSummary, RunTexts, RunView, ViewOptions, WantedTexts } from "./view.ts";

export type { EventId } from "./event-id.ts";
export type { DecisionFilter, EventFilter, Page, RunFilter, TemplateFilter } from "./filters.ts";
export type { OpenRun, Suspect, SuspectRow } from "./suspect-store.ts";
export type {
  RunHead,
  RunSummary,
  RunTexts,
  RunView,
  StepView,
  ViewOptions,
  WantedTexts,
} from "./view.ts";

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
  createdAt: number;
}

/**
 * A run's new state, applied only if its row still has the expected status and sequence: of two who
 * change a run that they found in the same state, one is fenced.
 */
export interface RunUpdate extends RunProgress {
  runNo: number;
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
  payload: string | null;
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
  /** 1, 2, 3 … within a name; immutable once stored. */
  version: number;
  description: string | null;
  /** JSON text exactly as received. */
  definition: string;
  inputSchema: string | null;
  outputSchema: string | null;
  triggers: string | null;
  agentId: string;
  createdAt: number;
}

/** Registers an agent that is unknown, moves `last_seen_at` of a known one. */
export interface AgentTouch {
  id: string;
  at: number;
}

/** What one actor turn (or one define) produced: committed whole or not at all. */
export interface HandOver {
  /** The run whose actor made it, and whose later hand-overs build on it; null for a define. */
  runNo: number | null;
  creates: RunRow[];
  updates: RunUpdate[];
  events: EventRow[];
  /** Upserts: the last state of each step that changed. */
  steps: StepRow[];
  contexts: ContextRow[];
  /**
   * What it acts on of the timers without a run: it is fenced unless each is still due at that time.
   * They are removed, before `timers` are set. (Those of runs are under the guard of their run.)
   */
  claims: TimerClaim[];
  timers: TimerRow[];
  /** Upserts by id. */
  decisions: DecisionRow[];
  /** Upserts by run and slot. */
  seals: SealRow[];
  templates: TemplateRow[];
  agents: AgentTouch[];
}

export type HandOverResult =
  /** Committed; these are the ids of its events, in their order. */
  | { ok: true; eventIds: readonly EventId[] }
  /** A guard or claim missed, or it builds on a hand-over that was left out: it has not happened. */
  | { ok: false; reason: "fenced"; message: string }
  /** The database rejected one of its rows, such as a second run for one idempotency key. */
  | { ok: false; reason: "refused"; message: string };

/** Sizes of texts are bytes of UTF-8. A text with a size that is null was not read. */
export interface StoredEvent extends Omit<EventRow, "runNo"> {
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

/** A run and all that belongs to it, read in one snapshot. */
export interface RunRecord {
  run: RunRow;
  parentId: string | null;
  /** JSON text of the run's output. */
  output: string | null;
  steps: StoredStep[];
  context: ContextRow | null;
  /** The pending ones, newest first. */
  decisions: DecisionRow[];
  /** Newest `events` of the read's options, oldest first. */
  events: StoredEvent[];
  /** Empty unless the read asked for them. */
  seals: SealRow[];
}

/** What is read of a run's outputs with it; the others when a step asks for them. */
export const LOADED = { each: 64 * 1024, together: 4 * 1024 * 1024 };

export const NO_OUTPUTS = { each: 0, together: 0 };

export interface ReadOptions {
  /** How many of the newest events to include (0 = none). */
  events: number;
  /** For whoever goes on with the run, not for who shows it. */
  seals?: boolean;
  /**
   * Outputs of more than `each` bytes are left out, and by the order of ids those beyond `together`;
   * none that is sealed. By default all are read.
   */
  outputs?: { each: number; together: number };
}

export interface AgentRow {
  id: string;
  name: string;
  type: "llm" | "system" | "human" | "service";
  createdAt: number;
  lastSeenAt: number | null;
}

export interface DueTimer {
  /** Null when it belongs to no run. */
  runId: string | null;
  /** The agent of the run. */
  agentId: string | null;
  runNo: number;
  key: string;
  dueAt: number;
}

export type DueTimers = { timers: DueTimer[]; nextDueAt: number | null };

export interface Store extends SuspectStore {
  /** Why the files are not to be trusted any more, in words for people; null while they are. */
  readonly fault: string | null;

  /**
   * Applies the hand-overs as one transaction, in order, and answers for each. Resolves after the
   * transaction is durable. Rejects (STORE_ERROR) when nothing of the batch was committed. Batches
   * of one handle are applied in the order in which they were given.
   */
  commit(batch: readonly HandOver[]): Promise<HandOverResult[]>;

  /**
   * The first of so many consecutive numbers, from 1 on, that no run has: nobody else gets them as
   * long as this store is open, and a later call answers larger ones. What of them no run has got
   * by then may be given again, or never.
   */
  takeRunNos(count: number): Promise<number>;

  runByNo(runNo: number): Promise<RunRow | null>;
  runByKey(agentId: string, idempotencyKey: string): Promise<RunRow | null>;
  readRun(id: string, options: ReadOptions): Promise<RunRecord | null>;
  /** What an answer about a run needs, in one snapshot; null when there is no such run. */
  viewRun(id: string, options: ViewOptions): Promise<RunView | null>;
  /** Texts that a view has measured and not read; null for what is not there any more. */
  runTexts(runNo: number, wanted: WantedTexts): Promise<RunTexts>;
  /** How each step that has begun stands. */
  stepStatuses(runNo: number): Promise<{ stepId: string; status: StepStatus }[]>;
  /** The run's row alone. */
  runHead(id: string): Promise<RunHead | null>;
  /**
   * Newest first: the runs of one writer in the order in which it created them, whatever its clock
   * said. A list goes on where its page ended, whatever came meanwhile.
   */
  listRuns(filter: RunFilter): Promise<Page<RunSummary>>;
  /** Pending and active runs, each once, in no order that means anything. */
  openRuns(page: { limit: number; cursor?: string | undefined }): Promise<Page<OpenRun>>;
  /** Every run that another one started and that is not terminal, by run number. */
  unfinishedChildren(): Promise<{ runNo: number; parentRunNo: number }[]>;

  /** One question, open or not; null when there is none with this id. */
  decisionById(id: string): Promise<DecisionRow & { runId: string } | null>;
  /** Newest first, as runs are. */
  listDecisions(filter: DecisionFilter): Promise<Page<StoredDecision>>;

  /** The payload (JSON text) of one event of a run; null when there is no such event. */
  eventPayload(runNo: number, seq: number): Promise<string | null>;
  /**
   * In the order of their ids, which is that in which they came to be seen: whoever goes on after the
   * last id that a list has answered misses nothing, whoever commits it.
   */
  listEvents(filter: EventFilter): Promise<Page<StoredEvent>>;

  /**
   * Due timers (`from` ≤ dueAt ≤ now) in due order, and the next due time beyond them. It tells, and
   * claims nothing: who acts on one is decided by the guard, or the claim, of what is handed over.
   */
  dueTimers(now: number, limit: number, from?: number): Promise<DueTimers>;

  /** `version` null = the numerically highest. */
  template(name: string, version: number | null): Promise<TemplateRow | null>;
  listTemplates(filter: TemplateFilter): Promise<Page<TemplateRow>>;
  /** The first `limit` names in order, each once. */
  templateNames(limit: number): Promise<string[]>;

  /** The last seen first. */
  listAgents(filter: { limit: number; cursor?: string | undefined }): Promise<Page<AgentRow>>;

  /** Resolves when every accepted commit is durable and the files are closed. */
  close(): Promise<void>;
}

/** An empty hand-over to fill; `runNo`: see `HandOver`. */
export function emptyHandOver(runNo: number | null = null): HandOver {
  return {
    runNo,
    creates: [],
    updates: [],
    events: [],
    steps: [],
    contexts: [],
    claims: [],
    timers: [],
    decisions: [],
    seals: [],
    templates: [],
    agents: [],
  };
}
