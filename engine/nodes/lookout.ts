// How a node looks again and again for what other nodes have done.

import type { EngineEnv } from "../engine-env.ts";

export interface LookoutOptions {
  /** From the end of one look to the next, ms. */
  everyMs: number;
  /** What the log says has failed when a look throws: it goes on with the next one. */
  what: string;
  look(): Promise<void>;
}

export class Lookout {
  readonly #env: EngineEnv;
  readonly #options: LookoutOptions;
  #looking = false;
  /** When the next look is wanted that was asked for during one, ms from then; null: in the usual time. */
  #wanted: number | null = null;
  /** When the next look is, by the monotonic clock. */
  #due = Infinity;
  #disarm = () => {};

  constructor(env: EngineEnv, options: LookoutOptions) {
    this.#env = env;
    this.#options = options;
  }

  /** Nothing is done where no other process may be. */
  start(): void {
    if (this.#env.store.ownership !== undefined) this.soon(this.#options.everyMs);
  }

  stop(): void {
    this.#disarm();
  }

  /** Looks in so many ms at the latest. */
  soon(ms: number): void {
    if (this.#looking) {
      this.#wanted = ms;
      return;
    }
    const { clock } = this.#env;
    const due = clock.monotonic() + ms;
    // Who asks again and again does not put it off.
    if (due >= this.#due) return;
    this.#due = due;
    this.#disarm();
    this.#disarm = clock.after(ms, () => void this.#once());
  }

  async #once(): Promise<void> {
    const { runs, log } = this.#env;
    const { everyMs, what, look } = this.#options;
    this.#looking = true;
    this.#due = Infinity;
    this.#wanted = null;
    try {
      await look();
    } catch (thrown) {
      if (!runs.stopping) log.error(`${what} failed`, { error: String(thrown) });
    }
    this.#looking = false;
    if (!runs.stopping) this.soon(this.#wanted ?? everyMs);
  }
}
