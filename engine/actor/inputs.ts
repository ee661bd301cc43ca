// What can reach a run from outside its turns.

import type { ErrorObject, OpcodeError } from "../../core/errors.ts";
import type { Answer } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import type { RunStatus } from "../../core/status.ts";
import type { ProgramReport, SignalRequest, WaitingSignal } from "../api.ts";
import type { Plan } from "../definition/plan.ts";
import type { RunSecrets } from "../secrecy/run-secrets.ts";
import type { Sealed } from "../secrecy/sealed.ts";
import type { HandOver } from "../store/store.ts";
import type { Attempt, AttemptNews } from "../calls/attempt.ts";
import type { Outcome, OutputCheck } from "../state/outcome.ts";
import type { Fetched, StepState } from "../state/state.ts";
import type { Pass } from "../calls/after-news.ts";
import type { Watcher } from "./watcher.ts";

/** How a child run stands, read from its row. */
export interface ChildReport {
  id: string;
  status: RunStatus;
  /** Masked if it holds secrets; then the value itself is `sealed`. */
  output: Json;
  sealed: Sealed | null;
  /** What the child knows of secrets, once `sealed` is open. */
  secrets: RunSecrets;
  error: ErrorObject | null;
}

/** What the run made of a signal; sent after the commit that holds it. */
export interface SignalOutcome {
  /** Something of the run goes on because of it. */
  goesOn: boolean;
  resumed?: boolean;
  interrupted?: string[];
  rerun?: string[];
  /** Other steps that had failed, unhandled, and stay so: the run will fail of them again. */
  still_failed?: string[];
  /** Of a skip: the step, and those that have still to read its output. */
  skipped?: string;
  read_by?: string[];
  /** The question that was answered. */
  decision_id?: string;
  /** Of steps that run again: programs that are still running. */
  programs?: ProgramReport[];
  /** Of data: the waits that it met, and what waited for a signal when it was done. */
  met?: string[];
  /** Of data that met none: the waits, by their ids in the definition, that it is kept for. */
  kept?: string[];
  waiting?: WaitingSignal[];
  /** What its sender may not have meant. */
  hint?: string;
}

export interface SignalReply {
  accepted(outcome: SignalOutcome): void;
  refused(error: OpcodeError): void;
}

/** What the first hand-over of a run stores beside the run, such as the time of a schedule that it is for. */
export interface Founding extends Pick<HandOver, "claims" | "timers" | "scheduling"> {
  /** JSON text of why it was started, for its first event. */
  origin: string;
}

export type Input =
  /**
   * `agentId`: who started a new run; `startAt`: when it is to begin, if not now; `committed`: called
   * once its first turn is stored.
   */
  | {
    kind: "start";
    agentId?: string;
    founding?: Founding;
    startAt?: number;
    committed?: () => void;
  }
  | Pass
  | AttemptNews
  | { kind: "admitted"; step: StepState }
  /** A run that limits have kept waiting may begin. */
  | { kind: "begin" }
  | { kind: "child_plan"; attempt: Attempt; plan: Plan | OpcodeError }
  /** `timer`: what has asked for it, and is settled with it. */
  | { kind: "child"; stepId: string; report: ChildReport; timer?: string }
  | { kind: "timer"; key: string; dueAt: number }
  /** What another thread made of an expression of the step. */
  | {
    kind: "evaluated";
    step: StepState;
    ticket: object;
    source: string;
    answer: Answer;
  }
  /** Whether the run's output is what its template promises. */
  | { kind: "output_checked"; check: OutputCheck; outcome: Outcome }
  /** Outputs that a step, or the run for its own output, has asked for. */
  | { kind: "fetched"; step: StepState; ticket: object; fetched: Fetched }
  | { kind: "awaited"; ticket: object; fetched: Fetched }
  /**
   * `watcher`: follows the run from the turn on that applies the signal. `message`: by which it came
   * from another node, and which is answered in the same commit.
   */
  | {
    kind: "signal";
    request: SignalRequest;
    reply: SignalReply;
    watcher?: Watcher;
    message?: string;
  }
  /** The run has to pay for a budget that is full. */
  | { kind: "over_budget"; error: ErrorObject }
  /** The daemon stops: abort what is in flight and mark it. */
  | { kind: "shutdown" };
