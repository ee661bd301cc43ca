// When the engine sweeps: at times that are stored, so that of several processes one does, and when it is asked to.

import { OpcodeError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import type { Clock } from "../../core/clock.ts";
import type { PruneReply, PruneRequest } from "../api.ts";
import type { Journal } from "../journal/journal.ts";
import type { FreeTimers } from "../timers/free-timers.ts";
import { emptyHandOver, NO_RUN, type Store } from "../store/store.ts";
import { keepsAll, type RetentionPolicy } from "./policy.ts";
import { pruneReply, wantedPolicy } from "./prune.ts";
import { Sweeper, type Swept } from "./sweeper.ts";

/** The kind of the timer, and its whole key. */
const KIND = "sweep";
const KEY = `${KIND}:runs`;
/** When the first sweep after a start begins, and how long after one the next does, ms. */
const FIRST_MS = 60_000;
const EVERY_MS = 600_000;

export interface RetentionOptions {
  store: Store;
  journal: Journal;
  clock: Clock;
  log: Logger;
  freeTimers: FreeTimers;
  policy: RetentionPolicy;
  /** What was claimed was not stored: the timers that are still there fire again. */
  refire(): void;
}

export class Retention {
  readonly #options: RetentionOptions;
  #policy: RetentionPolicy;
  readonly #sweeper: Sweeper;
  /** The sweep that is under way: the next one begins after it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#sweeper = new Sweeper(options);
    options.freeTimers.on(KIND, (timer) => this.#due(timer));
  }

  /** Sets the first time, unless everything is kept. */
  start(): void {
    const { journal, clock } = this.#options;
    if (keepsAll(this.#policy)) return;
    const timers = [{ runNo: NO_RUN, key: KEY, dueAt: clock.now() + FIRST_MS }];
    journal.submit({ ...emptyHandOver(), timers }, () => {});
  }

  /** From the next sweep on. */
  keep(policy: RetentionPolicy): void {
    const wasOff = keepsAll(this.#policy);
    this.#policy = policy;
    // While something went there was a time for the next sweep.
    if (wasOff) this.start();
  }

  stop(): void {
    this.#sweeper.stop();
  }

  /** Removes, or counts, what the request names, or what the settings keep no longer. */
  async prune(request: PruneRequest): Promise<PruneReply> {
    const { clock } = this.#options;
    const wanted = wantedPolicy(request, this.#policy);
    const began = clock.monotonic();
    const dryRun = request.dry_run === true;
    const swept = await this.#sweep(wanted, dryRun);
    return pruneReply(swept, { dryRun, ms: clock.monotonic() - began });
  }

  /** Whoever claims the timer sweeps. */
  #due({ key, dueAt }: { key: string; dueAt: number }): void {
    const { journal, clock } = this.#options;
    const isOff = keepsAll(this.#policy);
    const timers = isOff ? [] : [{ runNo: NO_RUN, key, dueAt: clock.now() + EVERY_MS }];
    journal.submit({ ...emptyHandOver(), claims: [{ key, dueAt }], timers }, (result) => {
      if (result.ok && !isOff) void this.#sweepInTime();
      else if (!result.ok && result.reason === "refused") this.#options.refire();
    });
  }

  async #sweepInTime(): Promise<void> {
    const { log, clock } = this.#options;
    const began = clock.monotonic();
    try {
      const swept = await this.#sweep(this.#policy, false);
      const reply = pruneReply(swept, { dryRun: false, ms: clock.monotonic() - began });
      if (swept.whole + swept.texts + swept.fires > 0) {
        log.info("retention has removed what is kept no longer", { ...reply });
      }
    } catch (thrown) {
      if (this.#sweeper.stopped) return;
      log.error("retention could not remove what is kept no longer", { error: String(thrown) });
    }
  }

  #sweep(policy: RetentionPolicy, dryRun: boolean): Promise<Swept> {
    if (this.#sweeper.stopped) {
      return Promise.reject(new OpcodeError("BUSY", "the daemon is stopping"));
    }
    if (dryRun) return this.#sweeper.sweep(policy, { dryRun });
    const sweep = this.#last.then(() => this.#sweeper.sweep(policy));
    this.#last = sweep.catch(() => {});
    return sweep;
  }
}
