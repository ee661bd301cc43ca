// What every surface (MCP, REST, the command line, workflow.run) asks of the engine.

import type { Leaving } from "../core/departure.ts";
import type { ErrorObject } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { DecisionStatus, RunStatus, StepStatus } from "../core/status.ts";
import type { EventType } from "./journal/event-types.ts";
import type { ArchiveRequest } from "./contract/archive.ts";
import type { DefineRequest } from "./contract/define.ts";
import type { DiagramRequest, SketchRequest } from "./contract/diagram.ts";
import type { QueryRequest, QueryResource } from "./contract/query.ts";
import type { RunRequest } from "./contract/run.ts";
import type { SignalRequest, SignalType } from "./contract/signal.ts";
import type { BulkAction, BulkReply, BulkRequest } from "./contract/bulk.ts";
import type { RerunRequest } from "./contract/steering.ts";
import type { LinkVerbs } from "./links/api.ts";
import type { KeptSignalReport, ProgramReport } from "./run-parts.ts";
import type { CallbackVerbs } from "./callbacks/api.ts";
import type { Delivery, HookVerbs, Received } from "./hooks/api.ts";
import type { AgentPage, AgentReply, Stats, StatsRequest } from "./counters.ts";
import type { ScheduleVerbs } from "./schedules/api.ts";
import type { ArchiveReply, DefineReply, DryRunReply } from "./template-replies.ts";
import type { PruneReply, PruneRequest } from "./retention/prune-terms.ts";
import type { EventId } from "./store/event-id.ts";
import type { Tunable } from "./tuning.ts";

// What the verbs take stands in `contract/`, what they answer below.
export type {
  ArchiveRequest,
  DefineRequest,
  DiagramRequest,
  QueryRequest,
  QueryResource,
  SketchRequest,
};
export type * from "./hooks/api.ts";
export type * from "./callbacks/api.ts";
export type * from "./links/api.ts";
export type * from "./schedules/api.ts";
export type * from "./template-replies.ts";
export type * from "./counters.ts";
export type { AgentDoor, Notification, Notified } from "./notices/agent-door.ts";
export type { PruneReply, PruneRequest };
export type {
  KeptSignalReport,
  ProgramReport,
  RerunRequest,
  RunRequest,
  SignalRequest,
  SignalType,
};

/** The step of another workflow that a workflow went on from. */
export interface ForkedFrom {
  workflow_id: string;
  step_id: string;
}

export interface StepReport {
  step_id: string;
  status: StepStatus;
  output?: Json;
  /** Bytes of JSON of an output that was left out for its size; its event has it. */
  output_size?: number;
  error?: ErrorObject;
  /** Present for every finished step. */
  duration_ms?: number;
  /** The workflow that a `workflow.run` step started. */
  child_workflow_id?: string;
  /** Of a loop that `max_iter` has ended though there was more to do: its iterations. */
  exhausted_after?: number;
}

/** A decision that is asked for, as briefly as it can be answered. */
export interface DecisionBrief {
  /** Of this question alone: a step that asks again does so under another one. */
  decision_id: string;
  step_id: string;
  /** Ids to choose from; empty: any answer. */
  options: string[];
  /** Who alone may decide. */
  target_agent_id?: string;
  /** When the fallback is chosen, or the step fails. */
  timeout_at?: string;
}

/** A decision with its question; `resolution` and what follows only once it is over. */
export interface DecisionReport extends JsonObject {
  /** UUIDv7; a step that asks again does so under another id. */
  id: string;
  /** The same, under the name by which a signal gives it. */
  decision_id: string;
  workflow_id: string;
  step_id: string;
  status: DecisionStatus;
  agent_id: string;
  /** `prompt`, `data`, and what the workflow knew: outputs, intent, notes, accumulated data. */
  context: Json;
  /** `[{id, description?}]`; empty: any answer. */
  options: Json;
  created_at: string;
}

/** A wait step and the name of the signal that meets it. */
export interface WaitingSignal {
  step_id: string;
  signal: string;
}

export interface RunReply {
  workflow_id: string;
  status: RunStatus;
  /** True when `wait_ms` ran out first: poll with status. */
  waiting?: boolean;
  /** True when the idempotency key had a run already, and this is it. */
  replayed?: true;
  /** Of one that is replayed: it is that of the first request. */
  template_version?: string;
  /** What of the params, of a run that goes on, or of its version, may not be what was meant. */
  warnings?: string[];
  /** Of a run that does another one again, in the answer to its beginning: that one. */
  rerun_of?: string;
  /** Of a run that goes on from another, in the answer to its beginning: that and the step. */
  forked_from?: ForkedFrom;
  /** The top-level steps that stayed as they were there, at most 100. */
  kept_steps?: string[];
  output?: Json;
  /** Bytes of JSON of an output that was left out for its size. */
  output_size?: number;
  error?: ErrorObject;
  started_at?: string;
  completed_at?: string;
  steps?: Record<string, StepReport>;
  /** Steps that wait for `retry` or `skip` after a restart. */
  interrupted?: string[];
  /** Of these, the programs that ran when the daemon ended. */
  programs?: ProgramReport[];
  /** When a run begins that is pending. */
  start_at?: string;
  /** Which settings keep a pending run waiting, such as `limits.templates.deploy`. */
  waits_for?: string[];
  /** True of a run that its own timeout has suspended: any signal that lets it go on renews that. */
  timed_out?: true;
  /** Set aside, because processes died of it so often; `retry` lets it try again, `cancel` ends it. */
  poisoned?: { deaths: number; reason: string };
  /** Since when its steps, events and values are gone: only how it ended is left. */
  removed_at?: string;
  /** Newest first, at most 100. */
  pending_decisions?: DecisionBrief[];
  /** At most 100. */
  waiting_signals?: WaitingSignal[];
  /** True when the size limit left something out; read the rest with query. */
  truncated?: boolean;
}

export interface StepState extends StepReport {
  workflow_id: string;
  attempt: number;
  retry_count: number;
  started_at?: string;
  completed_at?: string;
  /** When its wait or backoff, or the time for its decision, ends. */
  due_at?: string;
}

export type EventReport = {
  id: EventId;
  workflow_id: string;
  step_id?: string;
  event_type: EventType;
  payload?: Json;
  /** Bytes of JSON of a payload that was left out for its size. */
  payload_size?: number;
  agent_id?: string;
  timestamp: string;
  sequence: number;
};

export interface StatusReply {
  workflow_id: string;
  status: RunStatus;
  template_name: string;
  template_version: string;
  agent_id: string;
  parent_workflow_id?: string;
  /** The workflow and step that this one goes on from. */
  forked_from?: ForkedFrom;
  /** The workflow that this one does again; it may be gone by now. */
  rerun_of?: string;
  created_at: string;
  started_at?: string;
  completed_at?: string;
  output?: Json;
  /** Bytes of JSON of an output that was left out for its size. */
  output_size?: number;
  error?: ErrorObject;
  /** In the order of the definition. */
  steps: Record<string, StepState>;
  interrupted?: string[];
  programs?: ProgramReport[];
  start_at?: string;
  waits_for?: string[];
  timed_out?: true;
  poisoned?: { deaths: number; reason: string };
  /** Since when its steps, events and values are gone: only how it ended is left. */
  removed_at?: string;
  /** Newest first. */
  pending_decisions: DecisionReport[];
  /** What its steps have said and their agent, who is away, has not been told: the oldest first. */
  notifications?: NotificationReport[];
  waiting_signals?: WaitingSignal[];
  /** Data that came before the wait that will take it began, the oldest first. */
  kept_signals?: KeptSignalReport[];
  context?: JsonObject;
  events: EventReport[];
  events_truncated?: boolean;
  truncated?: boolean;
}

/** What an agent that is away is still to be told. */
export interface NotificationReport {
  notification_id: string;
  /** Whom it is for. */
  agent_id: string;
  step_id: string;
  message: string;
  data?: Json;
  /** Of data that was too large to be kept: characters of JSON. */
  data_size?: number;
  queued_at: string;
  /** How many for the same agent, all older, could not be kept. */
  dropped?: number;
}

export interface SignalReply extends Partial<RunReply> {
  ok: true;
  workflow_id: string;
  signal_type: SignalType;
  /** Whether the run was suspended or failed and goes on now. */
  resumed?: boolean;
  /** Steps that still need an answer after an interruption. */
  interrupted?: string[];
  /** Steps that run again. */
  rerun?: string[];
  /** Other top-level steps that have failed: the run fails of them until they are answered too. */
  still_failed?: string[];
  /** Of a skip: the full id of the step that is skipped now, whatever became of the run. */
  skipped?: string;
  /** Of a skip: steps, as in the definition, that read its output, which is null now; at most 100. */
  read_by?: string[];
  /** Of a decision: the question that was answered. */
  decision_id?: string;
  /** Of data: full ids of the waits that it met; `waiting_signals` says which still wait. */
  met?: string[];
  /** Of data that met none: ids, as in the definition, of the waits that it is kept for. */
  kept?: string[];
  /** Of data that met none, and of a skip of what had not begun: what that means, and what would do. */
  hint?: string;
}

/** `{[resource]: rows}` and, when there is more, an opaque `next_cursor` for `filter.cursor`. */
export interface QueryReply {
  rows: JsonObject[];
  next_cursor?: string;
  /** How many rows the whole list has, where that was asked for. */
  total?: number;
  /** True when there are more than `total`, which nobody has counted. */
  total_at_least?: true;
}

/** What there is to know of an action before using it. */
export interface ActionDoc {
  name: string;
  description: string;
  /** Outside its result; some actions decide by their params. */
  effects: "none" | "store" | "external" | "by params";
  /** Whether a restart may simply run it again. */
  repeatable: boolean;
  input: JsonObject;
  output: JsonObject;
  /** A whole step; absent of actions that come without one. */
  example?: JsonObject;
}

export interface DiagramReply {
  format: string;
  /** Text; of an image, the PNG as base64. */
  diagram: string;
}

/** A committed step change, for progress displays. */
export interface Progress {
  workflow_id: string;
  /** Absent in the first report, which only says that the run exists. */
  step_id?: string;
  status?: StepStatus;
  duration_ms?: number;
  /** Settled steps so far, and how many there are. */
  done: number;
  total: number;
}

/** How a caller follows its call. */
export interface Watch {
  onProgress?(progress: Progress): void;
  /** Aborted when the caller has gone: stop waiting, let the run go on. */
  signal?: Leaving;
}

/** What is published after each commit. */
export type LiveEvent =
  /** `run_agent_id`: whose run it is; who sent a signal stands in the event. */
  | { kind: "event"; event: EventReport; template_name: string; run_agent_id: string }
  | {
    kind: "emitted";
    id: EventId;
    workflow_id: string;
    step_id: string;
    event_type: string;
    payload: Json;
  }
  /** So many came that these could not be told one by one; the store has them. */
  | { kind: "missed"; from: EventId; id: EventId };

/** Hears what one commit says of one run, in order; the same array goes to all who hear it. */
export type LiveListener = (events: readonly LiveEvent[]) => void;

export interface Opcode extends LinkVerbs {
  readonly schedules: ScheduleVerbs;
  readonly hooks: HookVerbs;
  readonly callbacks: CallbackVerbs;
  define(request: DefineRequest): Promise<DefineReply>;
  /** Checks what `define` would store and compares it with the latest version. */
  dryRun(request: DefineRequest): Promise<DryRunReply>;
  /** Puts a template away with all its versions: no list shows it, and no run of it begins. */
  archive(request: ArchiveRequest): Promise<ArchiveReply>;
  unarchive(request: ArchiveRequest): Promise<ArchiveReply>;
  run(request: RunRequest, watch?: Watch): Promise<RunReply>;
  /** Does a run again, whatever became of it: the same version, params and agent, from the beginning. */
  rerun(request: RerunRequest): Promise<RunReply>;
  /** Signals many runs: tells how many there are, and does it once that is confirmed. */
  bulk(action: BulkAction, request: BulkRequest): Promise<BulkReply>;
  status(workflowId: string): Promise<StatusReply>;
  /** NOT_FOUND when there is no such workflow. */
  checkWorkflow(workflowId: string): Promise<void>;
  signal(request: SignalRequest, watch?: Watch): Promise<SignalReply>;
  query(request: QueryRequest): Promise<QueryReply>;
  /** `agent`: on whose behalf, where that is known: drawings of different agents take turns. */
  diagram(request: DiagramRequest, agent?: string): Promise<DiagramReply>;
  /** Draws a definition that need not be stored, once it is one. */
  sketch(request: SketchRequest, agent?: string): Promise<DiagramReply>;
  /** Every action, by name. */
  actions(): ActionDoc[];
  /** Agents, the last seen first, those never seen last; at most 1,000. */
  agents(page?: AgentPage): Promise<AgentReply>;
  /** Resolves when the next piece of something long may be done that the agent has asked for. */
  turn(agent: string): Promise<void>;
  /**
   * Calls back for every committed event, or those of one run, in commit order; the answer
   * unsubscribes.
   */
  subscribe(listener: LiveListener, runId?: string): () => void;
  /** Whether commits go through; `false` answers 503 on /healthz. */
  healthy(): boolean;
  /** What somebody has to mend before anything can be stored again, in words; null when all is well. */
  fault(): string | null;
  /** Stops intake, gives external steps 8 s, marks what is left, and closes the store. */
  stop(): Promise<void>;
}

/** The engine itself, and what it is to each agent that has an identity. */
export interface EngineFacade extends Opcode, Tunable {
  /** Since when (epoch ms) links of before answer the decision no more; null: never, or there is no such one. */
  linksRevokedAt(decisionId: string): Promise<number | null>;
  /** For who has the whole engine, as what follows: removes runs of all agents. */
  prune(request: PruneRequest): Promise<PruneReply>;
  /** What comes to a hook, from whoever has sent it. */
  receive(delivery: Delivery): Promise<Received>;
  /** Counters and rates, at a cost that does not depend on how many runs there are. */
  stats(request: StatsRequest): Promise<Stats>;
  /** Says that the agent can be reached from now on: what was kept for it is sent. */
  arrived(agent: string): void;
  /** For this agent alone; throws for one without an identity. */
  as(agent: string): Opcode;
}
