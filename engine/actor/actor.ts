// The one owner of a live run: an inbox, turns that make hand-overs, and what follows their commits.

import { OpcodeError } from "../../core/errors.ts";
import { working } from "../../core/working.ts";
import type { Answer } from "../journal/journal.ts";
import type { HandOver } from "../store/store.ts";
import { dropOutputs } from "../state/held.ts";
import { beginRun } from "./begin.ts";
import type { RunEnv } from "./run-env.ts";
import type { Founding, Input, SignalOutcome } from "./inputs.ts";
import { advance, hasMore } from "../transition/advance.ts";
import { drain } from "../transition/drain.ts";
import { answersTo } from "../nodes/answers.ts";
import { applySignal } from "../signals/signals.ts";
import { release } from "../transition/line.ts";
import { everyStep, isAtRest, partyOf, type RunState } from "../state/state.ts";
import type { Keeper } from "./keeper.ts";
import { isExpected, type Pending } from "./pending.ts";
import { takeInput } from "./take.ts";
import { Turn } from "../transition/turn.ts";
import type { Watcher } from "./watcher.ts";

const NOTHING_MORE = {};

/** Turns that a run with much to do may be ahead of the store: all runs share its commits. */
const MOST_AHEAD = 2;

export interface ActorEnv extends RunEnv {
  runs: Keeper<Actor>;
}

export class Actor {
  readonly run: RunState;
  readonly #env: ActorEnv;
  #inbox: Input[] = [];
  #scheduled = false;
  #inTurn = false;
  #turns = 0;
  #exists: boolean;
  #pending: Pending[] = [];
  /** Who follows the run, and the turn that must be stored for that to make sense; 0: none. */
  readonly #watchers = new Map<Watcher, number>();
  /** Number of the newest turn of which all is stored. */
  #stored = 0;
  /** Why the state in memory is worth nothing, once it is; see `#lose`. */
  #lost: OpcodeError | null = null;
  /** More is left to do once what is on its way is stored. */
  #owes = false;
  /** What was lost with its turns and nobody will say again. */
  readonly #unheard: Input[] = [];
  /** Whether somebody else may have begun the run in its place. */
  #contested = false;
  /** Set when nothing can be stored any more: the actor stays as it is. */
  #left = false;
  /** Set when the actor left memory; what still reaches it goes to its successor. */
  gone = false;
  #reason: string;
  readonly #post = (input: Input) => this.post(input);

  /** `exists`: the run's row is in the store; `reason`: why an active run was loaded from it. */
  constructor(env: ActorEnv, run: RunState, options: { exists: boolean; reason: string }) {
    this.#env = env;
    this.run = run;
    run.limits = env.inlineLimits;
    run.residence = env.residence;
    this.#exists = options.exists;
    this.#reason = options.reason;
    run.room = env.budgets.roomFor(run.share);
    env.budgets.admit(run.share, run.row);
    run.share.letGo = () => dropOutputs(run);
    run.share.exceeded = (error) => this.post({ kind: "over_budget", error: error.toJSON() });
    // What was loaded may push out what others have stored.
    if (options.exists) env.budgets.lack(run.share, 0);
  }

  /** Whether there is anything that the run has yet to take. */
  get hasUnread(): boolean {
    return this.#inTurn || this.#inbox.length > 0;
  }

  /** Whether there is, or anything of it has yet to be stored. */
  get isUnsettled(): boolean {
    return !this.gone && (this.hasUnread || this.#pending.length > 0);
  }

  /** Puts an input into the inbox; it is taken in the next turn. */
  post(input: Input): void {
    if (this.gone) return this.#env.runs.forward(this.run.row.id, input);
    if (this.#left) {
      if (input.kind === "signal") input.reply.refused(this.#lost!);
      return;
    }
    this.#inbox.push(input);
    // What reaches a lost actor waits for its successor, which comes once all is answered.
    if (!this.#lost) this.#schedule();
  }

  /**
   * Takes a turn at once: how a run begins, without a detour, unless others wait for their turns.
   * `founding`: what is stored with it, or not at all; `startAt`: when it begins, if not now.
   */
  begin(agentId: string, more: { founding?: Founding; startAt?: number } = NOTHING_MORE): void {
    this.#inbox.push({ kind: "start", agentId, ...more });
    this.#contested = more.founding !== undefined;
    if (this.#env.presence.several) this.#schedule();
    else this.#turn();
  }

  /** Follows the run's commits from that of its next turn on, without which there is no waiting. */
  watch(watcher: Watcher): void {
    const next = this.#turns + 1;
    this.#watch(watcher, { fromTurn: next, needs: next });
  }

  /** Follows a run that exists: what is on its way to the store counts too. */
  join(watcher: Watcher): void {
    const last = this.#pending.at(-1);
    this.#watch(watcher, { fromTurn: last?.turn.number ?? this.#turns + 1, needs: 0 });
    if (last) watcher.turned(last.turn);
    else if (isAtRest(this.run)) watcher.found(this.run);
  }

  #watch(watcher: Watcher, { fromTurn, needs }: { fromTurn: number; needs: number }): void {
    watcher.fromTurn = fromTurn;
    this.#watchers.set(watcher, needs);
    watcher.follows(() => {
      this.#watchers.delete(watcher);
      this.rest();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#env.pace.soon(partyOf(this.run), () => {
      this.#scheduled = false;
      if (!this.#lost && this.#inbox.length > 0) this.#turn();
    });
  }

  #turn(): void {
    const { journal, presence } = this.#env;
    const { agentId } = this.run.row;
    presence.note(agentId);
    if (journal.presses(agentId)) {
      this.#scheduled = true;
      return journal.onRelief(() => {
        this.#scheduled = false;
        this.#schedule();
      });
    }
    const { suspects, budgets, turns } = this.#env;
    suspects.look(() => budgets.shares());
    turns[0] = this.run.row.runNo;
    turns[1]!++;
    try {
      this.#take();
    } finally {
      turns[0] = 0;
    }
  }

  #take(): void {
    const inputs = this.#inbox;
    this.#inbox = [];
    const turn = new Turn({
      run: this.run,
      env: this.#env,
      number: ++this.#turns,
      post: this.#post,
      exists: this.#exists,
    });
    working(turn);
    const pending: Pending = { turn, upTo: turn.number, seq: 0, inputs, replies: [] };
    let handOver: HandOver | null;
    this.#inTurn = true;
    try {
      for (let taken = 0; taken < inputs.length;) {
        this.#apply(pending, inputs[taken++]!);
        drain(turn);
        if (turn.heavy) this.#inbox.unshift(...inputs.splice(taken));
      }
      advance(turn);
      handOver = turn.finish();
    } catch (thrown) {
      return this.#broken(pending, thrown);
    } finally {
      this.#inTurn = false;
    }
    if (handOver) this.#submit(handOver, pending);
    else this.#attach(pending);
    if (turn.atEnd) this.#act(turn.atEnd);
    if (this.#inbox.length > 0) this.#schedule();
    if (!hasMore(this.run)) return;
    if (this.#pending.length < MOST_AHEAD) this.post({ kind: "continue" });
    else this.#owes = true;
  }

  #submit(handOver: HandOver, pending: Pending): void {
    this.#exists = true;
    pending.seq = this.run.row.lastSeq;
    this.#pending.push(pending);
    for (const watcher of this.#watchers.keys()) watcher.turned(pending.turn);
    const { share } = this.run;
    const bytes = this.#env.journal.submit(handOver, (result) => {
      share.drop(bytes);
      this.#answered(pending, result);
      share.move(-1);
    }, this.run.row.agentId);
    share.hold(bytes);
    share.move(1);
  }

  /** A turn without a hand-over of its own is done when those before it are. */
  #attach(pending: Pending): void {
    const last = this.#pending.at(-1);
    if (last) {
      last.upTo = pending.upTo;
      last.seq = this.run.row.lastSeq;
      last.inputs.push(...pending.inputs);
      last.replies.push(...pending.replies);
      last.turn.afterCommit.push(...pending.turn.afterCommit);
      return;
    }
    this.#accept(pending);
    this.rest();
  }

  /** Each hand-over is answered by its own result, also while the actor is being lost. */
  #answered(pending: Pending, result: Answer): void {
    this.#pending.shift();
    if (!result.ok && result.reason === "closed") return this.#leave(pending, result.error);
    if (result.ok) {
      this.#accept(pending);
      for (const watcher of [...this.#watchers.keys()]) watcher.committed(pending.turn);
    } else {
      if (!isExpected(result, pending, this.#contested && this.#stored === 0)) {
        this.#env.log.error("a hand-over was not committed; reading the run again", {
          workflow_id: this.run.row.id,
          error: result.message,
        });
      }
      this.#lose(pending, new OpcodeError("STORE_ERROR", "the change was not stored"));
    }
    this.rest();
  }

  /** What the turn said and did is stored: it may be seen outside. */
  #accept(pending: Pending): void {
    this.#stored = pending.upTo;
    this.run.storedSeq = Math.max(this.run.storedSeq, pending.seq);
    this.run.share.loosened();
    if (this.run.residence.none || this.#env.budgets.crowded) this.run.share.relieve();
    // Of a lost actor no attempt is live any more; children and log lines are as stored as ever.
    this.#act(pending.turn.afterCommit);
    for (const reply of pending.replies) reply.resolve();
    if (this.#lost) return;
    this.#env.runs.kept(this.run.row.id);
    if (!this.#owes) return;
    this.#owes = false;
    this.post({ kind: "continue" });
  }

  /** Nothing is stored any more: what the run has come to since waits for the next start. */
  #leave(pending: Pending, error: OpcodeError): void {
    this.#lost = error;
    this.#left = true;
    for (const reply of pending.replies) reply.reject(error);
    for (const input of this.#inbox.splice(0)) {
      if (input.kind === "signal") input.reply.refused(error);
    }
    this.dismiss(error);
  }

  /** Whoever waits for the run waits in vain; `error` is for those whose part of it is not stored. */
  dismiss(error: OpcodeError): void {
    const waiting = [...this.#watchers];
    this.#watchers.clear();
    for (const [watcher, needs] of waiting) {
      if (needs <= this.#stored) watcher.left();
      else watcher.failed(error);
    }
  }

  /** What a turn lets out concerns one step each: a bug there is not the business of the others. */
  #act(acts: (() => void)[]): void {
    for (const act of acts) {
      try {
        act();
      } catch (thrown) {
        this.#env.log.error("what follows a turn failed", {
          workflow_id: this.run.row.id,
          error: (thrown as Error)?.stack ?? String(thrown),
        });
      }
    }
  }

  /**
   * The turn will never be stored, so the state in memory is worth nothing: the rows are the truth.
   * From here on the actor takes no turn; it only waits for the answers to what it has handed over.
   * Then its successor, read from the rows, gets what is in the inbox, with those who wait.
   */
  #lose(pending: Pending, error: OpcodeError): void {
    if (!this.#lost) {
      this.#lost = error;
      for (const step of everyStep(this.run)) release(step, "store_error");
    }
    this.#unheard.push(
      ...pending.inputs.filter(({ kind }) => kind === "child" || kind === "pass"),
    );
    for (const { runNo } of pending.turn.handOver.creates) this.#env.families.leave(runNo);
    for (const reply of pending.replies) reply.reject(error);
  }

  /** A turn that threw is a bug: nothing of it is handed over. */
  #broken(pending: Pending, thrown: unknown): void {
    this.#env.log.error("a turn failed", {
      workflow_id: this.run.row.id,
      error: (thrown as Error)?.stack ?? String(thrown),
    });
    const error = new OpcodeError("EXECUTION_ERROR", "the engine failed on this run; see its log");
    this.#lose(pending, error);
    for (const input of pending.inputs) if (input.kind === "signal") input.reply.refused(error);
    this.rest();
  }

  /** Leaves memory when nothing is going on; a later input loads the run from its rows. */
  rest(): void {
    if (this.gone || this.#left || this.#pending.length > 0) return;
    if (this.#lost) return this.#succeed(this.#lost);
    if (this.#isIdle() && !this.#env.runs.resting.keep(this)) this.#env.runs.unload(this);
  }

  /** Leaves memory if nothing is going on. */
  leave(): void {
    const isBusy = this.gone || this.#left || this.#lost !== null || this.#pending.length > 0;
    if (!isBusy && this.#isIdle()) this.#env.runs.unload(this);
  }

  #isIdle(): boolean {
    const { busy, lingering } = this.run;
    return isAtRest(this.run) && this.#inbox.length === 0 && this.#watchers.size === 0 &&
      busy.flying === 0 && busy.child === 0 && lingering === 0;
  }

  /** All is answered: who waits for what is stored, and whatever was not applied, goes on. */
  #succeed(error: OpcodeError): void {
    const waiting = [...this.#watchers];
    this.#watchers.clear();
    const inputs = [...this.#unheard, ...this.#inbox.splice(0)];
    const stored = ([, needs]: [Watcher, number]) => needs <= this.#stored;
    this.#env.runs.lost(this, {
      inputs,
      watchers: waiting.filter(stored).map(([watcher]) => watcher),
      byBug: error.code !== "STORE_ERROR",
    });
    for (const each of waiting) if (!stored(each)) each[0].failed(error);
    // What it would have been told of is not stored: it has not happened.
    this.#act(inputs.flatMap((input) => input.kind === "pass" ? [input.go] : []));
  }

  #apply(pending: Pending, input: Input): void {
    const { turn } = pending;
    switch (input.kind) {
      case "start":
        if (input.committed) {
          pending.replies.push({ resolve: input.committed, reject: input.committed });
        }
        return beginRun(turn, { ...input, reason: this.#reason });
      case "signal":
        return this.#signal(pending, input);
      default:
        return takeInput(turn, input);
    }
  }

  #signal(pending: Pending, input: Input & { kind: "signal" }): void {
    const { request, reply } = input;
    let outcome: SignalOutcome;
    const { turn } = pending;
    try {
      outcome = applySignal(turn, request);
      turn.handOver.answers.push(...answersTo(input.message, outcome));
      if (request.agent_id) turn.handOver.agents.push({ id: request.agent_id, at: turn.now });
    } catch (error) {
      // Only a refusal leaves the run as it was.
      if (!(error instanceof OpcodeError)) throw error;
      pending.replies.push({
        resolve: () => reply.refused(error),
        reject: () => reply.refused(error),
      });
      return;
    }
    const { number } = turn;
    if (input.watcher) this.#watch(input.watcher, { fromTurn: number, needs: number });
    pending.replies.push({ resolve: () => reply.accepted(outcome), reject: reply.refused });
  }
}
