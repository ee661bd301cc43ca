// When durable timers fire: rows in due order, and one alarm for the next of them.

import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import type { DueTimer, Store, TimerRow } from "../store/store.ts";
import { TimerTimes } from "./timer-times.ts";

/** Timers read at a time. */
const PAGE = 1_000;
const RETRY_MS = 1_000;

export class Timers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #fire: (timer: DueTimer) => void;
  /** Fired and not yet seen in a commit, by run. */
  readonly #fired = new Map<number, Map<string, number>>();
  #firedCount = 0;
  /** Whatever is due earlier has fired: a backlog is not read again and again while its runs wait. */
  #from = 0;
  /** The earliest timer that was set, or is to fire again, since the last read began. */
  #earliest = Infinity;
  readonly #times: TimerTimes;
  /** When the alarm goes off, by the monotonic clock. */
  #alarmAt = Infinity;
  #disarm: (() => void) | null = null;
  #reading = false;
  #closed = false;
  /** Told once, not at every try. */
  #failing = false;
  /** Something came up while timers were being read. */
  #again = false;
  #unheard: (() => void) | null = null;

  constructor(options: {
    store: Store;
    clock: Clock;
    log: Logger;
    fire: (timer: DueTimer) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#fire = options.fire;
    this.#times = new TimerTimes(options.clock);
  }

  /** Fires what is due and arms the alarm for what comes. */
  start(): void {
    this.#unheard = this.#clock.onJump(() => this.#read());
    this.#read();
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
    this.#unheard?.();
  }

  /** Timer rows were committed: forgets what was settled, wakes for what is earlier. */
  committed(rows: readonly TimerRow[]): void {
    for (const row of rows) {
      if (this.#fired.get(row.runNo)?.delete(row.key)) this.#firedCount--;
      if (this.#fired.get(row.runNo)?.size === 0) this.#fired.delete(row.runNo);
      this.#times.committed(row);
      if (row.dueAt === null) continue;
      this.#readFrom(row.dueAt);
      this.#arm(row.dueAt - this.#clock.now());
    }
  }

  /** What a run made of its timers was not stored: those whose rows are still there fire again. */
  again(runNo: number): void {
    const fired = this.#fired.get(runNo);
    if (!fired) return;
    this.#fired.delete(runNo);
    this.#firedCount -= fired.size;
    for (const dueAt of fired.values()) this.#readFrom(dueAt);
    this.#arm(0);
  }

  #readFrom(dueAt: number): void {
    this.#from = Math.min(this.#from, dueAt);
    this.#earliest = Math.min(this.#earliest, dueAt);
  }

  /** Reads timers in so many ms, unless it does so before. */
  #arm(ms: number): void {
    const wait = Math.max(0, ms);
    const at = this.#clock.monotonic() + wait;
    if (this.#closed || at >= this.#alarmAt) return;
    this.#disarm?.();
    this.#alarmAt = at;
    if (this.#reading) return;
    this.#disarm = this.#clock.after(wait, () => this.#read());
  }

  async #read(): Promise<void> {
    if (this.#closed) return;
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    this.#again = false;
    this.#disarm?.();
    this.#alarmAt = Infinity;
    this.#earliest = Infinity;
    let next = Infinity;
    try {
      const limit = PAGE + this.#firedCount + this.#times.count;
      const due = await this.#store.claimDue(this.#times.horizon(), limit, this.#from);
      this.#failing = false;
      this.#from = Math.min(due.timers.at(-1)?.dueAt ?? this.#from, this.#earliest);
      for (const timer of due.timers) {
        const left = this.#times.left(timer);
        if (left <= 0) this.#fireOnce(timer);
        else {
          next = Math.min(next, left);
          this.#from = Math.min(this.#from, timer.dueAt);
        }
      }
      if (due.timers.length === limit) next = 0;
      else if (due.nextDueAt !== null) {
        next = Math.min(next, this.#times.atLeastLeft(due.nextDueAt));
      }
    } catch (thrown) {
      if (!this.#closed && !this.#failing) {
        this.#log.error("reading timers failed, retrying", { error: String(thrown) });
      }
      this.#failing = true;
      next = RETRY_MS;
    }
    this.#reading = false;
    // What was asked for meanwhile had to wait for this.
    const asked = this.#again ? 0 : this.#alarmAt - this.#clock.monotonic();
    this.#alarmAt = Infinity;
    const wait = Math.min(next, asked);
    if (wait < Infinity) this.#arm(wait);
  }

  #fireOnce(timer: DueTimer): void {
    let keys = this.#fired.get(timer.runNo);
    if (keys?.get(timer.key) === timer.dueAt) return;
    if (!keys) this.#fired.set(timer.runNo, keys = new Map());
    if (!keys.has(timer.key)) this.#firedCount++;
    keys.set(timer.key, timer.dueAt);
    this.#fire(timer);
  }
}
