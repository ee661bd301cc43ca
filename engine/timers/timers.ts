// When durable timers fire: the next ones are in memory, later ones are rows until it is their time.
//
// All timers up to some time are known: those that were read, and those whose commits were seen
// since. So a wait that begins and ends in this process fires without a read of the store.

import { Alarm } from "../../core/alarm.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import {
  type DueTimer,
  type DueTimers,
  NO_RUN,
  type Store,
  type TimerClaim,
  type TimerRow,
} from "../store/store.ts";
import { DueLine, type KnownTimer } from "./due-line.ts";
import { nameOf, TimerTimes } from "./timer-times.ts";

/** How long before it is due a timer is read at the latest. */
const AHEAD_MS = 1_000;
/** Timers read at a time. */
const PAGE = 1_000;
/** When more than this many are to fire in memory, the later half is left to the store. */
const MOST_WAITING = 10_000;
const RETRY_MS = 1_000;

export class Timers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #fire: (timer: DueTimer) => void;
  readonly #ownerOf: (runNo: number) => Owner | null;
  /** By run and key; also those that have fired, until a commit settles them. */
  readonly #known = new Map<number, Map<string, KnownTimer>>();
  #knownCount = 0;
  /** Those of them that are still to fire. */
  readonly #line = new DueLine();
  readonly #times: TimerTimes;
  /** All timers whose rows say an earlier time are known, and most of those that say this one. */
  #until = -Infinity;
  #reading: Reading | null = null;
  #closed = false;
  /** Told once, not at every try. */
  #failing = false;
  readonly #firing: Alarm;
  readonly #asking: Alarm;
  #unheard: (() => void) | null = null;

  /** `ownerOf`: whose run that is, if it is in memory. */
  constructor(options: {
    store: Store;
    clock: Clock;
    log: Logger;
    fire: (timer: DueTimer) => void;
    ownerOf: (runNo: number) => Owner | null;
  }) {
    const { clock } = options;
    this.#store = options.store;
    this.#clock = clock;
    this.#log = options.log;
    this.#fire = options.fire;
    this.#ownerOf = options.ownerOf;
    this.#times = new TimerTimes(clock);
    this.#firing = new Alarm(clock, () => this.#fireDue());
    this.#asking = new Alarm(clock, () => void this.#read());
  }

  /** Fires what is due and sees to it that the others fire. */
  start(): void {
    this.#unheard = this.#clock.onJump(() => {
      this.#fireDue();
      void this.#read();
    });
    void this.#read();
  }

  /** Rows count that did not before: what is due by now is looked up again. */
  reread(): void {
    this.#unsure();
    void this.#read();
  }

  /** There may be timers of any time that are not known. */
  #unsure(): void {
    this.#until = -Infinity;
    if (this.#reading) this.#reading.unknown = -Infinity;
  }

  close(): void {
    this.#closed = true;
    this.#firing.close();
    this.#asking.close();
    this.#unheard?.();
  }

  /** Timer rows were committed: forgets what was settled, remembers what is due soon. */
  committed(rows: readonly TimerRow[]): void {
    for (const row of rows) {
      this.#settle(row);
      this.#times.committed(row);
      this.#reading?.news.add(nameOf(row));
      if (row.dueAt !== null) this.#set(row.runNo, row.key, row.dueAt);
    }
  }

  /** A commit has acted on timers without a run. To be told before what it has set anew. */
  claimed(claims: readonly TimerClaim[]): void {
    this.committed(claims.map(({ key }) => ({ runNo: NO_RUN, key, dueAt: null })));
  }

  /**
   * These timers have fired here in vain: another process has acted on them, set them anew, or has the run.
   * What is stored of them is looked up in a moment, and not at once: it may be the same again.
   */
  lapsed(fired: readonly (TimerClaim & { runNo?: number })[]): void {
    for (const { runNo = NO_RUN, key, dueAt } of fired) {
      if (this.#known.get(runNo)?.get(key)?.dueAt === dueAt) this.#settle({ runNo, key });
    }
    this.#unsure();
    this.#ask(RETRY_MS);
  }

  #set(runNo: number, key: string, dueAt: number): void {
    if (dueAt > Math.max(this.#until, this.#reading?.upTo ?? -Infinity)) {
      if (this.#reading) this.#reading.later = Math.min(this.#reading.later, dueAt);
      return this.#ask(this.#times.atLeastLeft(dueAt) - AHEAD_MS);
    }
    const owner = runNo === NO_RUN ? NOBODY : this.#ownerOf(runNo);
    if (owner) return this.#remember({ ...owner, runNo, key, dueAt });
    // Only a read can tell whose it is.
    if (this.#reading) this.#reading.unknown = Math.min(this.#reading.unknown, dueAt);
    this.#until = Math.min(this.#until, dueAt - 1);
    this.#ask(0);
  }

  /**
   * What a run made of its timers was not stored (`NO_RUN`: what anybody made of those without a
   * run): those whose rows are still there fire again.
   */
  again(runNo: number): void {
    for (const timer of this.#known.get(runNo)?.values() ?? []) {
      if (!timer.fired) continue;
      timer.fired = false;
      this.#line.push(timer);
    }
    this.#firing.in(0);
  }

  #remember(due: DueTimer): void {
    let keys = this.#known.get(due.runNo);
    if (!keys) this.#known.set(due.runNo, keys = new Map());
    const timer = { ...due, fired: false };
    keys.set(due.key, timer);
    this.#knownCount++;
    this.#line.push(timer);
    this.#firing.in(this.#times.left(timer));
    if (this.#line.length > MOST_WAITING) this.#leaveToStore();
  }

  /** Forgets the later half, of what cannot be due yet. */
  #leaveToStore(): void {
    const { middle } = this.#line;
    if (middle <= this.#times.horizon()) return;
    for (const timer of this.#line.cutAfter(middle)) this.#forget(timer);
    this.#until = Math.min(this.#until, middle);
    if (this.#reading) this.#reading.unknown = Math.min(this.#reading.unknown, middle + 1);
    this.#ask(this.#times.atLeastLeft(middle));
  }

  #settle({ runNo, key }: { runNo: number; key: string }): void {
    const timer = this.#known.get(runNo)?.get(key);
    if (!timer) return;
    if (!timer.fired) this.#line.remove(timer);
    this.#forget(timer);
  }

  #forget({ runNo, key }: KnownTimer): void {
    const keys = this.#known.get(runNo)!;
    keys.delete(key);
    this.#knownCount--;
    if (keys.size === 0) this.#known.delete(runNo);
  }

  #fireDue(): void {
    if (this.#closed) return;
    const horizon = this.#times.horizon();
    const early: KnownTimer[] = [];
    let next = Infinity;
    for (let timer = this.#line.first; timer && timer.dueAt <= horizon; timer = this.#line.first) {
      this.#line.shift();
      const left = this.#times.left(timer);
      if (left > 0) {
        early.push(timer);
        next = Math.min(next, left);
      } else {
        timer.fired = true;
        this.#fire(timer);
      }
    }
    if (this.#line.first) next = Math.min(next, this.#times.atLeastLeft(this.#line.first.dueAt));
    for (const timer of early) this.#line.push(timer);
    this.#firing.in(next);
  }

  #ask(ms: number): void {
    this.#asking.in(ms);
  }

  async #read(): Promise<void> {
    if (this.#closed) return;
    if (this.#reading) {
      this.#reading.again = true;
      return;
    }
    const reading: Reading = this.#reading = {
      upTo: this.#times.horizon() + AHEAD_MS,
      news: new Set(),
      unknown: Infinity,
      later: Infinity,
      again: false,
    };
    // Those that are known already may all be among what is read.
    const limit = PAGE + this.#knownCount;
    let next: number;
    try {
      const from = Math.max(Number.MIN_SAFE_INTEGER, this.#until);
      const due = await this.#store.dueTimers(reading.upTo, limit, from);
      this.#failing = false;
      next = this.#take(due, limit);
    } catch (thrown) {
      if (!this.#closed && !this.#failing) {
        this.#log.error("reading timers failed, retrying", { error: String(thrown) });
      }
      this.#failing = true;
      next = RETRY_MS;
    }
    this.#reading = null;
    this.#ask(reading.again ? 0 : next);
  }

  /** Remembers what was read; returns in how many ms the next read is due. */
  #take({ timers, nextDueAt }: DueTimers, limit: number): number {
    const { upTo, news, unknown, later } = this.#reading!;
    const last = timers.length === limit ? timers.at(-1)!.dueAt : null;
    // Nothing lies in between but what was committed meanwhile.
    const until = last ?? Math.max(upTo, Math.min(nextDueAt ?? Infinity, later) - 1);
    this.#until = Math.max(this.#until, Math.min(until, unknown - 1));
    for (const timer of timers) {
      // A commit that this read did not see says better.
      if (news.has(nameOf(timer))) continue;
      const known = this.#known.get(timer.runNo)?.get(timer.key);
      if (known?.dueAt === timer.dueAt) continue;
      // Another process has set it anew.
      if (known) this.#settle(known);
      this.#remember(timer);
    }
    if (unknown < Infinity) return 0;
    if (last !== null) return this.#times.atLeastLeft(last);
    return nextDueAt === null ? Infinity : this.#times.atLeastLeft(nextDueAt) - AHEAD_MS;
  }
}

/** Timers are being read; what is committed meanwhile may be in the answer or not. */
interface Reading {
  /** The latest time that is asked for. */
  upTo: number;
  /** The timers that were committed since, by name. */
  news: Set<string>;
  /** The earliest time of those that were not remembered. */
  unknown: number;
  /** The earliest time of those that are due after `upTo`. */
  later: number;
  /** Somebody asked for another read. */
  again: boolean;
}

/** Whose run it is. */
export interface Owner {
  runId: string;
  agentId: string;
}

const NOBODY = { runId: null, agentId: null };
