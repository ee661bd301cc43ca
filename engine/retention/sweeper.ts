// How what is kept no longer is taken away: piece by piece, with a rest after each for those who wait.

import type { Clock } from "../../core/clock.ts";
import {
  type Expired,
  type Expiry,
  type FiresGone,
  NOTHING_REMOVED,
  type Removal,
} from "../store/retention-store.ts";
import type { Store } from "../store/store.ts";
import { expiryAt, firesKeptAt, type RetentionPolicy } from "./policy.ts";

/** What one piece of work may take of the writer's time, ms: a run's next step may wait for it. */
const PIECE_MS = 1;
/** After a piece the writer is left to others so many times as long, between these, ms. */
const REST = { times: 5, least: 2, most: 500 };
/** Ended runs that are counted, and half removed ones that are looked up, at a time. */
const COUNTED = 5_000;
const RESUMED = 100;

export interface Swept {
  /** Runs whose rows are gone, and those whose rows alone are left. */
  whole: number;
  texts: number;
  events: number;
  /** Large texts that nobody refers to any more. */
  contents: number;
  /** What became of schedules' times. */
  fires: number;
  /** The longest that the writer was held for at once, ms. */
  heldMs: number;
  /** Pages of the file that were given back. */
  pages: number;
  /** False when it was stopped before it was through. */
  through: boolean;
}

export class Sweeper {
  readonly #store: Store;
  readonly #clock: Clock;
  #stopped = false;

  constructor(options: { store: Store; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** Nothing more is begun. */
  stop(): void {
    this.#stopped = true;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Removes what the policy keeps no longer; `dryRun`: only counts what that would be. */
  async sweep(policy: RetentionPolicy, { dryRun = false } = {}): Promise<Swept> {
    const swept: Swept = { ...NOTHING_REMOVED, fires: 0, pages: 0, through: false };
    if (dryRun) await this.#look(policy, (runs) => count(swept, runs));
    else await this.#store.removing(() => this.#removeAll(policy, swept));
    return { ...swept, through: !this.#stopped };
  }

  async #removeAll(policy: RetentionPolicy, swept: Swept): Promise<void> {
    await this.#resume(swept);
    // They go first: a run stays for them.
    await this.#removeFires(policy, swept);
    // A run that others have come from goes after them.
    await this.#look(policy, (runs, expiry) => this.#remove(runs.toReversed(), expiry, swept));
    await this.#returnSpace(swept);
  }

  /** Hands on what the policy keeps no longer, some runs at a time. */
  async #look(
    policy: RetentionPolicy,
    found: (runs: readonly Expired[], expiry: Expiry) => void | Promise<void>,
  ): Promise<void> {
    const below = policy.maxRuns === null ? null : await this.#firstKept(policy.maxRuns);
    const expiry = expiryAt(policy, this.#clock.now(), below);
    for (let after: number | null = 0; after !== null && !this.#stopped;) {
      const slice = await this.#store.expiredRuns(expiry, after);
      await found(slice.runs, expiry);
      after = slice.next;
    }
  }

  /** What an earlier sweep had begun when its process ended. */
  async #resume(swept: Swept): Promise<void> {
    const expiry = { keysSince: Infinity };
    while (!this.#stopped) {
      const runs = await this.#store.halfRemoved(RESUMED);
      await this.#remove(runs, expiry, swept);
      if (runs.length < RESUMED) return;
    }
  }

  /** The number of the oldest of so many ended runs; null when there are no more. */
  async #firstKept(most: number): Promise<number | null> {
    let left = most;
    let before: number | null = null;
    while (left > 0) {
      const wanted = Math.min(left, COUNTED);
      const { runNo, count } = await this.#store.endedBack(before, wanted);
      if (count < wanted) return null;
      left -= count;
      before = runNo;
    }
    return before;
  }

  async #remove(
    runs: readonly Expired[],
    { keysSince }: Pick<Expiry, "keysSince">,
    swept: Swept,
  ): Promise<void> {
    let rest = runs;
    while (rest.length > 0 && !this.#stopped) {
      const at = this.#clock.now();
      const removal = await this.#piece(
        () => this.#store.removeRuns(rest, { at, keysSince, budgetMs: PIECE_MS }),
      );
      add(swept, removal);
      rest = rest.slice(removal.through);
    }
  }

  async #removeFires(policy: RetentionPolicy, swept: Swept): Promise<void> {
    const kept = firesKeptAt(policy, this.#clock.now());
    if (kept === null) return;
    for (let after: string | null = ""; after !== null && !this.#stopped;) {
      const from = after;
      const gone: FiresGone = await this.#piece(
        () => this.#store.removeFires(kept, { after: from, budgetMs: PIECE_MS }),
      );
      swept.fires += gone.fires;
      swept.heldMs = Math.max(swept.heldMs, gone.heldMs);
      after = gone.next;
    }
  }

  async #returnSpace(swept: Swept): Promise<void> {
    while (!this.#stopped) {
      const { returned, heldMs } = await this.#piece(() => this.#store.returnSpace(PIECE_MS));
      swept.heldMs = Math.max(swept.heldMs, heldMs);
      if (returned === 0) return;
      swept.pages += returned;
    }
  }

  async #piece<T>(work: () => Promise<T>): Promise<T> {
    const began = this.#clock.monotonic();
    const done = await work();
    // A writer that others keep busy answers later, and has the longer rest.
    const took = this.#clock.monotonic() - began;
    const rest = Math.min(REST.most, Math.max(REST.least, took * REST.times));
    await new Promise<void>((resolve) => this.#clock.after(rest, resolve));
    return done;
  }
}

function add(swept: Swept, { whole, texts, events, contents, heldMs }: Removal): void {
  swept.heldMs = Math.max(swept.heldMs, heldMs);
  swept.whole += whole;
  swept.texts += texts;
  swept.events += events;
  swept.contents += contents;
}

/** What would go; which rows stay for others who refer to them shows only then. */
function count(swept: Swept, runs: readonly Expired[]): void {
  for (const { goes, lastSeq } of runs) {
    add(swept, { ...NOTHING_REMOVED, [goes]: 1, events: lastSeq });
  }
}
