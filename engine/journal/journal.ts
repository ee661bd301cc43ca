// How what the actors produce reaches the store: many hand-overs, one commit, no timer.
//
// One batch is in flight at a time; the next starts as soon as it is answered, with everything
// that gathered meanwhile. When the answer arrives the next batch is sent first and the callbacks
// run afterwards, so that the writer never waits for them.

import { errorText, OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Clock } from "../../core/clock.ts";
import { DutyCycle } from "../../core/duty-cycle.ts";
import type { Logger } from "../../core/log.ts";
import { weightOf } from "../store/composed.ts";
import { LeftOut } from "../store/left-out.ts";
import type { EventId, HandOver, HandOverResult, Store, TimerClaim } from "../store/store.ts";
import { type BatchSize, type Waiting, WaitingLine } from "./waiting.ts";

/** Uncommitted bytes above which actors take no new turns, but for agents that have few of them. */
const PRESSURE_BYTES = 16 * 1024 * 1024;
/** A commit of an agent that is alone: whoever comes to work beside it waits for no more. */
const ALONE: BatchSize = { most: 512 * 1024 };
/**
 * A commit while several are at work: each waits for what the others have in it. One that floods the
 * line gets through less meanwhile, about half of what it could do alone.
 */
const SHARED = { most: 16 * 1024, few: 2 * 1024, each: 6 * 1024 };
/**
 * What is larger goes alone; if that takes more than `least` ms, the next one of its agent has to wait
 * `rest` times as long, for each of the others' steps is a commit that had to wait for it.
 */
const LARGE = { least: 2, rest: 3 };
/** How many take their turn at once when the pressure has gone. */
const MOST_RELIEVED = 64;
const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 5_000;

interface Entry extends Waiting {
  handOver: HandOver;
  done: (result: Answer) => void;
}

/** What becomes of a hand-over. */
export type Answer =
  | HandOverResult
  /** The journal was closed before the store had answered; `error` says what that means. */
  | { ok: false; reason: "closed"; message: string; error: OpcodeError };

export interface JournalOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** Whether several agents are at work. */
  several(): boolean;
  /** Runs a function once the current work of the event loop is done. */
  soon(run: () => void): void;
  /** Told of every committed hand-over, before its own callback. */
  published(handOver: HandOver, eventIds: readonly EventId[]): void;
  /** Told of the claims of a hand-over that was fenced, before its own callback: others may have been first. */
  unclaimed?(claims: readonly TimerClaim[]): void;
  /** Told how long each commit took, ms, and of how many hand-overs it was. */
  measured?(ms: number, handOvers: number): void;
}

export class Journal {
  readonly #options: JournalOptions;
  readonly #waiting = new WaitingLine<Entry>();
  /** Sent and not answered; also while it waits to be sent once more. */
  #inFlight: Entry[] | null = null;
  #flushScheduled = false;
  #bytes = 0;
  /** Uncommitted, by agent. */
  readonly #bytesOf = new Map<string, number>();
  #failing = false;
  #stopping = false;
  #closed = false;
  /** Ends the waiting before a commit is tried once more. */
  #disarm: (() => void) | null = null;
  readonly #duty: DutyCycle;
  /** Hand-overs that end runs and are not stored, by agent: meanwhile it does not rest. */
  readonly #ending = new Map<string, number>();
  /** Ends the waiting for an agent that rests, of which alone there is something in line. */
  #disarmRest: (() => void) | null = null;
  #relief: (() => void)[] = [];
  #idle: (() => void)[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#duty = new DutyCycle(options.clock, LARGE);
  }

  /**
   * Queues a hand-over of an agent's; `done` runs after the commit that held it, in the order in which
   * the agent's were queued. Returns roughly the bytes that it takes until then.
   */
  submit(handOver: HandOver, done: (result: Answer) => void, agent = ""): number {
    if (this.#closed) {
      this.#options.soon(() => done(this.#closedAnswer(false)));
      return 0;
    }
    const bytes = sizeOf(handOver);
    this.#count(agent, bytes);
    if (ends(handOver)) add(this.#ending, agent, 1);
    this.#waiting.push({ agent, handOver, bytes, done });
    if (this.#inFlight || this.#flushScheduled) return bytes;
    this.#flushScheduled = true;
    this.#options.soon(() => {
      this.#flushScheduled = false;
      if (!this.#inFlight) this.#flush();
    });
    return bytes;
  }

  /** A commit that fails from now on is not tried again. */
  stop(): void {
    this.#stopping = true;
    if (this.#disarm) this.close();
    else if (this.#disarmRest) this.#flush();
  }

  /** Gives up what is not stored by now, and all that comes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#disarm?.();
    this.#disarmRest?.();
    const sent = this.#inFlight ?? [];
    const waiting = this.#waiting.all();
    this.#inFlight = null;
    // Whether a commit that was not answered took place is for the next start to find out.
    for (const { done } of sent) done(this.#closedAnswer(true));
    for (const { done } of waiting) done(this.#closedAnswer(false));
    this.#rest();
  }

  #closedAnswer(maybeStored: boolean): Answer {
    const { fault } = this.#options.store;
    const details: JsonObject = maybeStored ? { maybe_stored: true } : {};
    const error = fault === null
      ? new OpcodeError("BUSY", "the daemon is stopping", {
        details: { retry_after_ms: 1_000, ...details },
      })
      : new OpcodeError("STORE_ERROR", fault, { details: { retryable: false, ...details } });
    return { ok: false, reason: "closed", message: error.message, error };
  }

  /** Whether so much is uncommitted that this agent's actors should wait for `onRelief`. */
  presses(agent: string): boolean {
    if (this.#bytes <= PRESSURE_BYTES) return false;
    return (this.#bytesOf.get(agent) ?? 0) * this.#bytesOf.size >= PRESSURE_BYTES;
  }

  #count(agent: string, bytes: number): void {
    this.#bytes += bytes;
    add(this.#bytesOf, agent, bytes);
  }

  /** Calls back once, when the pressure has gone. */
  onRelief(resume: () => void): void {
    this.#relief.push(resume);
  }

  /** Roughly the bytes that are not committed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** False while the store refuses whole commits. */
  get healthy(): boolean {
    return !this.#failing;
  }

  /** Resolves when nothing is waiting or in flight. */
  drained(): Promise<void> {
    if (!this.#inFlight && this.#waiting.empty) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #flush(): void {
    this.#disarmRest?.();
    this.#disarmRest = null;
    if (this.#waiting.empty) return;
    const { clock } = this.#options;
    // Who has waited long for a commit is at work, though nothing was heard of it meanwhile.
    const shared = this.#bytesOf.size > 1 || this.#options.several();
    const batch = this.#waiting.take(
      shared && !this.#stopping ? { ...SHARED, rests: (agent) => this.#rests(agent) } : ALONE,
    );
    if (batch.length === 0) {
      this.#disarmRest = clock.after(this.#duty.nextMs() ?? 0, () => this.#flush());
      return;
    }
    this.#inFlight = batch;
    this.#send(batch, FIRST_BACKOFF_MS);
  }

  /** What is in line keeps its order: so that an end comes through, all before it does. */
  #rests(agent: string): boolean {
    return !this.#ending.has(agent) && this.#duty.rests(agent);
  }

  #send(batch: Entry[], backoff: number): void {
    const { store, clock } = this.#options;
    const began = clock.monotonic();
    store.commit(batch.map((entry) => entry.handOver)).then(
      (results) => {
        if (this.#closed) return;
        const { agent, bytes } = batch[0]!;
        const ms = clock.monotonic() - began;
        this.#options.measured?.(ms, batch.length);
        if (bytes > SHARED.most) this.#duty.worked(agent, ms);
        this.#answered(batch, results);
      },
      (thrown) => this.#closed || this.#failed(batch, thrown, backoff),
    );
  }

  #failed(batch: Entry[], thrown: unknown, backoff: number): void {
    const { store, clock, log } = this.#options;
    const last = this.#stopping || store.fault !== null;
    if (!this.#failing || last) {
      log.error(last ? "commit failed" : "commit failed, retrying", {
        error: errorText(toErrorObject(thrown)),
      });
    }
    this.#failing = true;
    if (last) return this.close();
    this.#disarm = clock.after(backoff, () => {
      this.#disarm = null;
      this.#send(batch, Math.min(backoff * 2, LAST_BACKOFF_MS));
    });
  }

  /**
   * Takes back what waits and builds on what was just left out: the guards of the store see only the
   * changes that have a number, and a lost turn may have had none.
   */
  #fence(batch: Entry[], results: HandOverResult[]) {
    const fenced = { entries: [] as Entry[], results: [] as HandOverResult[] };
    if (results.every(({ ok }) => ok)) return fenced;
    const leftOut = new LeftOut();
    for (const [i, { ok }] of results.entries()) if (!ok) leftOut.add(batch[i]!.handOver);
    this.#waiting.remove((entry) => {
      const message = leftOut.cause(entry.handOver);
      if (message === null) return false;
      leftOut.add(entry.handOver);
      fenced.entries.push(entry);
      fenced.results.push({ ok: false, reason: "fenced", message });
      return true;
    });
    return fenced;
  }

  #answered(batch: Entry[], results: HandOverResult[]): void {
    if (this.#failing) this.#options.log.info("commits go through again");
    this.#failing = false;
    this.#inFlight = null;
    const fenced = this.#fence(batch, results);
    for (const { agent, bytes, handOver } of [...batch, ...fenced.entries]) {
      this.#count(agent, -bytes);
      if (ends(handOver)) add(this.#ending, agent, -1);
    }
    this.#flush();
    for (let i = 0; i < batch.length; i++) {
      const result = results[i]!;
      const { handOver, done } = batch[i]!;
      if (result.ok) this.#options.published(handOver, result.eventIds);
      else if (handOver.claims.length > 0) this.#options.unclaimed?.(handOver.claims);
      done(result);
    }
    for (const [i, { done }] of fenced.entries.entries()) done(fenced.results[i]!);
    this.#relieve();
    this.#rest();
  }

  /** A few at a time: most of thousands would find it as full again as before. */
  #relieve(): void {
    if (this.#bytes > PRESSURE_BYTES) return;
    for (const resume of this.#relief.splice(0, MOST_RELIEVED)) resume();
    // Otherwise the next answer sees to it.
    const isIdle = !this.#inFlight && this.#waiting.empty;
    if (isIdle && this.#relief.length > 0) this.#options.soon(() => this.#relieve());
  }

  #rest(): void {
    if (this.#inFlight || !this.#waiting.empty) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Whether a run is cancelled by it. */
function ends({ updates }: HandOver): boolean {
  return updates.some(({ status }) => status === "cancelled");
}

function add(counts: Map<string, number>, agent: string, more: number): void {
  const count = (counts.get(agent) ?? 0) + more;
  if (count > 0) counts.set(agent, count);
  else counts.delete(agent);
}

/** Roughly the bytes a hand-over occupies: its texts, and a constant a row. */
function sizeOf(handOver: HandOver): number {
  let bytes = 200;
  for (const event of handOver.events) bytes += 64 + weightOf(event.payload);
  for (const create of handOver.creates) bytes += 200 + create.params.length;
  bytes += 64 * handOver.steps.length;
  for (const context of handOver.contexts) bytes += context.data?.length ?? 0;
  for (const decision of handOver.decisions) bytes += 200 + decision.options.length;
  for (const template of handOver.templates) bytes += template.definition.length;
  for (const { body } of handOver.noticing?.rows ?? []) bytes += 200 + body.length;
  for (const { params } of handOver.scheduling?.schedules ?? []) bytes += 200 + params.length;
  return bytes;
}
