// When durable timers fire: rows in due order, and one alarm for the next of them.

import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import type { DueTimer, Store, TimerRow } from "../store/store.ts";

/** Timers read at a time. */
const PAGE = 1_000;
/** The alarm looks at the wall clock at least this often, so that a jump of it loses nothing. */
const LONGEST_SLEEP_MS = 30_000;

export class Timers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #fire: (timer: DueTimer) => void;
  /** Fired and not yet seen in a commit, by run. */
  readonly #fired = new Map<number, Map<string, number>>();
  #firedCount = 0;
  #nextDueAt = Infinity;
  #disarm: (() => void) | null = null;
  #reading = false;
  #closed = false;

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
  }

  /** Fires what is due and arms the alarm for what comes. */
  start(): void {
    this.#read();
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
  }

  /** Timer rows were committed: forgets what was settled, wakes for what is earlier. */
  committed(rows: readonly TimerRow[]): void {
    for (const row of rows) {
      if (this.#fired.get(row.runNo)?.delete(row.key)) this.#firedCount--;
      if (this.#fired.get(row.runNo)?.size === 0) this.#fired.delete(row.runNo);
      if (row.dueAt !== null && row.dueAt < this.#nextDueAt) this.#arm(row.dueAt);
    }
  }

  /** What a run made of its timers was not stored: those whose rows are still there fire again. */
  again(runNo: number): void {
    this.#firedCount -= this.#fired.get(runNo)?.size ?? 0;
    if (this.#fired.delete(runNo)) this.#arm(this.#clock.now());
  }

  #arm(dueAt: number): void {
    this.#nextDueAt = dueAt;
    if (this.#closed || this.#reading) return;
    this.#disarm?.();
    const wait = Math.max(0, Math.min(dueAt - this.#clock.now(), LONGEST_SLEEP_MS));
    this.#disarm = this.#clock.after(wait, () => this.#read());
  }

  async #read(): Promise<void> {
    if (this.#reading || this.#closed) return;
    this.#reading = true;
    this.#nextDueAt = Infinity;
    let next: number | null = null;
    try {
      const limit = PAGE + this.#firedCount;
      const due = await this.#store.claimDue(this.#clock.now(), limit);
      for (const timer of due.timers) this.#fireOnce(timer);
      next = due.timers.length === limit ? this.#clock.now() : due.nextDueAt;
    } catch (thrown) {
      if (!this.#closed) this.#log.error("reading timers failed", { error: String(thrown) });
      next = this.#clock.now() + 1_000;
    }
    this.#reading = false;
    const earliest = Math.min(next ?? Infinity, this.#nextDueAt);
    if (earliest < Infinity) this.#arm(earliest);
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
