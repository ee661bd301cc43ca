// How a caller waits for a run: until it ends or pauses, until its time is over, or until it leaves.

import type { Clock } from "../../core/clock.ts";
import type { OpcodeError } from "../../core/errors.ts";
import { isTerminal } from "../../core/status.ts";
import type { Progress, RunReply, Watch } from "../api.ts";
import { liveReply } from "./report.ts";
import type { RunState } from "../state/state.ts";
import type { TurnSeen, Watcher } from "./watcher.ts";

/** Resolves with the run as it was committed when it ended or paused; null when time ran out. */
export class RunWait implements Watcher {
  fromTurn = 0;
  /** Called once, when the first turn that counts is committed. */
  onFirstCommit: (() => void) | null = null;
  readonly done: Promise<RunReply | null>;
  #watch: Watch;
  readonly #mostOutput: number;
  /** What turns on their way to the store will have to tell. */
  readonly #progress = new Map<TurnSeen, Progress[]>();
  #ended = false;
  #reached: RunReply | null = null;
  #final: { turn: number; reply: RunReply } | null = null;
  #resolve!: (reply: RunReply | null) => void;
  #reject!: (error: OpcodeError) => void;
  #cleanUp: (() => void)[] = [];
  #leave: (() => void) | null = null;
  #stopped = false;

  /** `mostOutput`: bytes of the run's output that the report has. */
  constructor(watch: Watch, mostOutput: number) {
    this.#watch = watch;
    this.#mostOutput = mostOutput;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A wait that was given up has nobody to reject to.
    this.done.catch(() => {});
  }

  /** The run's report if it has ended or paused by what is committed. */
  get reached(): RunReply | null {
    return this.#reached;
  }

  /** Ends the watching itself. */
  stop(): void {
    this.#stopped = true;
    const leave = this.#leave;
    this.#leave = null;
    leave?.();
  }

  follows(leave: () => void): void {
    // What was on its way to a turn of an actor that is gone may say nothing of this one's.
    this.#progress.clear();
    this.#final = null;
    this.#leave = leave;
    if (this.#stopped) this.stop();
  }

  found(run: RunState): void {
    this.#reached = liveReply(run, this.#mostOutput);
    this.#end(() => this.#resolve(this.#reached));
  }

  /** Starts the time limit; `stop`: what ends the watching then. */
  limit(clock: Clock, waitMs: number, stop = () => this.stop()): void {
    // What came before the limit needs none.
    if (this.#ended) return stop();
    const giveUp = () => this.#end(() => this.#resolve(null));
    this.#cleanUp.push(stop, clock.after(waitMs, giveUp));
    const { signal } = this.#watch;
    if (!signal) return;
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    this.#cleanUp.push(() => signal.removeEventListener("abort", giveUp));
  }

  turned(turn: TurnSeen): void {
    if (turn.number < this.fromTurn) return;
    if (this.#watch.onProgress) this.#progress.set(turn, progressOf(turn));
    const { status } = turn.run.row;
    if (!isTerminal(status) && status !== "suspended") return;
    this.#final ??= { turn: turn.number, reply: liveReply(turn.run, this.#mostOutput) };
  }

  committed(turn: TurnSeen): void {
    if (turn.number < this.fromTurn) return;
    this.#report(this.#progress.get(turn) ?? []);
    this.#progress.delete(turn);
    const final = this.#final;
    if (final && turn.number >= final.turn) this.#reached = final.reply;
    this.onFirstCommit?.();
    this.onFirstCommit = null;
    if (this.#reached) this.#end(() => this.#resolve(this.#reached));
  }

  /** A listener that throws gets no more reports; the run and its answer are not its business. */
  #report(progress: Progress[]): void {
    try {
      for (const report of progress) this.#watch.onProgress?.(report);
    } catch {
      const { onProgress: _, ...rest } = this.#watch;
      this.#watch = rest;
    }
  }

  failed(error: OpcodeError): void {
    this.#end(() => this.#reject(error));
  }

  left(): void {
    this.#end(() => this.#resolve(null));
  }

  #end(settle: () => void): void {
    this.#ended = true;
    settle();
    for (const cleanUp of this.#cleanUp.splice(0)) cleanUp();
  }
}

/** A report for each step that ended in the turn, in order; hooks count as steps. */
function progressOf(turn: TurnSeen): Progress[] {
  const { run } = turn;
  if (turn.settled.length === 0) return [];
  const { ended } = run;
  return turn.settled.map((step, i) => ({
    workflow_id: run.row.id,
    step_id: step.id,
    status: step.row.status,
    ...(step.row.durationMs !== null && { duration_ms: step.row.durationMs }),
    done: ended - turn.settled.length + i + 1,
    total: run.steps.length + run.nested.size,
  }));
}
