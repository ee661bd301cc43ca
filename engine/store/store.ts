// What a store must do: commit hand-overs atomically and answer named reads from committed rows.
//
// Several processes may write to one store, each through a handle of its own: what is said here of a
// method holds then, too. A read sees all that was committed, by whomever, before it was asked for.
//
// What the rows are is told in rows.ts.

import type { StepStatus } from "../../core/status.ts";
import type { EventId } from "./event-id.ts";
import type {
  CallbackFilter,
  Counted,
  DecisionFilter,
  EventFilter,
  FireFilter,
  HookFilter,
  Page,
  RunFilter,
  ScheduleFilter,
  TemplateFilter,
} from "./filters.ts";
import type {
  AgentTouch,
  Archiving,
  CallbackRow,
  Calling,
  ContextRow,
  DecisionRow,
  EventRow,
  HookRow,
  LimitRow,
  NewestVersion,
  NoticeRow,
  Noticing,
  RevokedLinks,
  RunRow,
  RunUpdate,
  ScheduleRow,
  Scheduling,
  SealRow,
  StepRow,
  StoredCallback,
  StoredDecision,
  StoredEvent,
  StoredFire,
  StoredStep,
  TemplateHooks,
  TemplateRow,
  TimerClaim,
  TimerRow,
} from "./rows.ts";
import type { AgentTally, Counts, Stretches } from "./counts.ts";
import type { MessageAnswer, OwnershipStore } from "./ownership.ts";
import type { RetentionStore } from "./retention-store.ts";
import type { OpenRun, SuspectStore } from "./suspect-store.ts";
import type { RunHead, RunSummary, RunTexts, RunView, ViewOptions, WantedTexts } from "./view.ts";

export type { EventId } from "./event-id.ts";
export type {
  CallbackFilter,
  Counted,
  DecisionFilter,
  DecisionOrder,
  EventFilter,
  FireFilter,
  HookFilter,
  Page,
  RunFilter,
  ScheduleFilter,
  TemplateFilter,
} from "./filters.ts";
export { MOST_COUNTED } from "./filters.ts";
export type * from "./rows.ts";
export type { AgentTally, Counts, Stretches } from "./counts.ts";
export { NO_RUN } from "./rows.ts";
export type { Adopted, Claim, Hint, Message, MessageAnswer, OwnershipStore } from "./ownership.ts";
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

/** A decision with whose it is, and since when (epoch ms) older links to it answer nothing; null: never. */
export type OneDecision = DecisionRow & { runId: string; linksRevokedAt: number | null };

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
  /** It is fenced when, with what it writes, one of these is exceeded: see `Store.begunRuns`. */
  limits: LimitRow[];
  timers: TimerRow[];
  /** Upserts by id: each comes once as pending, and once as over. */
  decisions: DecisionRow[];
  /** Null in most. */
  revoking: RevokedLinks | null;
  /** Upserts by run and slot. */
  seals: SealRow[];
  templates: TemplateRow[];
  /** Of versions that are there, or come with it. Null in most. */
  archiving: Archiving | null;
  agents: AgentTouch[];
  /** Null in most. */
  scheduling: Scheduling | null;
  /** Null in most. */
  hooks: TemplateHooks | null;
  /** Null in most. */
  calling: Calling | null;
  /** What is new comes first, then what goes. Null in most. */
  noticing: Noticing | null;
  /** What is said to other processes of it, where there are any: it is fenced if a run of theirs is not ours. */
  answers: MessageAnswer[];
}

export type HandOverResult =
  /** Committed; these are the ids of its events, in their order. */
  | { ok: true; eventIds: readonly EventId[] }
  /** A guard or claim missed, or it builds on a hand-over that was left out: it has not happened. */
  | { ok: false; reason: "fenced"; message: string }
  /** The database rejected one of its rows, such as a second run for one idempotency key. */
  | { ok: false; reason: "refused"; message: string };

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

/** How a step stands, without what it was given and what came of it. */
export interface StepBrief {
  stepId: string;
  status: StepStatus;
  /** Null of one that is not over. */
  durationMs: number | null;
  /** How often it was tried again. */
  retries: number;
}

export interface Store extends SuspectStore, RetentionStore {
  /** Whether it cannot be reached right now: what is asked of it is BUSY, and it is looked for. */
  readonly away?: boolean;

  /** Absent where one process at a time has all runs. */
  readonly ownership?: OwnershipStore;

  /** Why the files are not to be trusted any more, in words for people; null while they are. */
  readonly fault: string | null;

  /**
   * Applies the hand-overs as one transaction, in order, and returns a result for each. Resolves
   * after the transaction is durable. Rejects (STORE_ERROR) when nothing of the batch was committed.
   * Batches of one handle are applied in the order in which they were given.
   */
  commit(batch: readonly HandOver[]): Promise<HandOverResult[]>;

  /**
   * The first of so many consecutive numbers, from 1 on, that no run has: nobody else gets them as
   * long as this store is open, and a later call returns larger ones. What of them no run has got
   * by then may be given again, or never.
   */
  takeRunNos(count: number): Promise<number>;

  runByNo(runNo: number): Promise<RunRow | null>;
  /** `agentId` null: the first run with the key of a delivery (`hook:…`), whosever it is. */
  runByKey(agentId: string | null, idempotencyKey: string): Promise<RunRow | null>;
  readRun(id: string, options: ReadOptions): Promise<RunRecord | null>;
  /** What an answer about a run needs, in one snapshot; null when there is no such run. */
  viewRun(id: string, options: ViewOptions): Promise<RunView | null>;
  /** Texts that a view has measured and not read; null for what is not there any more. */
  runTexts(runNo: number, wanted: WantedTexts): Promise<RunTexts>;
  /** How each step that has begun stands. */
  stepStatuses(runNo: number): Promise<StepBrief[]>;
  /** The run's row alone. */
  runHead(id: string): Promise<RunHead | null>;
  /**
   * Newest first: the runs of one writer in the order in which it created them, whatever its clock
   * said. A list goes on where its page ended, whatever came meanwhile. See `RunFilter` for others.
   */
  listRuns(filter: RunFilter): Promise<Page<RunSummary>>;
  /** How many runs the list has; its limit and cursor do not matter. */
  countRuns(filter: RunFilter): Promise<Counted>;
  /** Pending and active runs, each once, in no order that means anything. */
  openRuns(page: { limit: number; cursor?: string | undefined }): Promise<Page<OpenRun>>;
  /**
   * How many runs count to each of these: of a template those that have begun and not ended, but for
   * one below another of it (mark `within`); of an agent the same of those that no run has started.
   */
  begunRuns(limits: readonly Pick<LimitRow, "kind" | "name">[]): Promise<number[]>;
  /** Every run that another one started, that is not terminal and no other process's, by run number. */
  unfinishedChildren(): Promise<{ runNo: number; parentRunNo: number }[]>;

  /** One question, open or not; null when there is none with this id. */
  decisionById(id: string): Promise<OneDecision | null>;
  /** Newest first, as runs are, unless another order is asked for. */
  listDecisions(filter: DecisionFilter): Promise<Page<StoredDecision>>;
  countDecisions(filter: DecisionFilter): Promise<Counted>;

  /** The payload (JSON text) of one event of a run; null when there is no such event. */
  eventPayload(runNo: number, seq: number): Promise<string | null>;
  /** The same measured, in bytes, and not read when it is larger than `most`; null as above. */
  eventText(
    runNo: number,
    seq: number,
    most: number,
  ): Promise<{ payload: string | null; size: number } | null>;
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
  /** Null when there is no such template. */
  newestVersion(name: string): Promise<NewestVersion | null>;
  listTemplates(filter: TemplateFilter): Promise<Page<TemplateRow>>;
  /** The first `limit` names in order, each once; of those that begin so. */
  templateNames(limit: number, prefix?: string): Promise<string[]>;

  schedule(id: string): Promise<ScheduleRow | null>;
  scheduleByName(name: string): Promise<ScheduleRow | null>;
  /** Those that triggers of the template have made, by name. */
  triggersOf(templateName: string): Promise<ScheduleRow[]>;
  /** By name. */
  listSchedules(filter: ScheduleFilter): Promise<Page<ScheduleRow>>;
  /** What became of the times of one schedule, the latest time first. */
  listFires(filter: FireFilter): Promise<Page<StoredFire>>;
  /** Those of these runs (100 at the most) that are not terminal, in the order given. */
  unfinishedAmong(runNos: readonly number[]): Promise<number[]>;

  hook(templateName: string, name: string): Promise<HookRow | null>;
  /** By template and name. */
  listHooks(filter: HookFilter): Promise<Page<HookRow>>;

  /** Of what others are still to be told of the run the first; null when there is nothing. */
  firstCallback(runNo: number): Promise<CallbackRow | null>;
  /** By run and event, those that are given up too. */
  callback(runNo: number, seq: number): Promise<StoredCallback | null>;
  /** What others have not been told, the oldest run first, in the order of its events. */
  listCallbacks(filter: CallbackFilter): Promise<Page<StoredCallback>>;

  /** What the agent is still to be told and was stored since then, epoch ms: the oldest first. */
  noticesOf(agentId: string, since: number): Promise<NoticeRow[]>;
  /** Those of the agents for whom anything is kept. */
  withNotices(agentIds: readonly string[]): Promise<string[]>;

  /** The last seen first, with what each has; see counts.ts. */
  listAgents(filter: { limit: number; cursor?: string | undefined }): Promise<Page<AgentTally>>;
  /** What was counted with the commits, whatever has been removed since: no run is looked at. */
  counts(stretches: Stretches): Promise<Counts>;

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
    limits: [],
    timers: [],
    decisions: [],
    revoking: null,
    seals: [],
    templates: [],
    archiving: null,
    agents: [],
    scheduling: null,
    hooks: null,
    calling: null,
    noticing: null,
    answers: [],
  };
}
