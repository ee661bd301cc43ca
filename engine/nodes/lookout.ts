// How a node looks again and again for what other nodes have done.

import { Alarm } from "../../core/alarm.ts";
import type { EngineEnv } from "../engine-env.ts";
import type { Hint } from "../store/store.ts";

export interface LookoutOptions {
  /** From the end of one look to the next, ms. */
  everyMs: number;
  /** What the log says has failed when a look throws: it goes on with the next one. */
  what: string;
  look(): Promise<void>;
  /** Whether it goes on while the engine stops, until it is told to stop itself. */
  toTheEnd?: boolean;
  /** Whether it is looked at once after this hint; absent: after none. */
  isMeant?: (hint: Hint) => boolean;
}

export class Lookout {
  readonly #env: EngineEnv;
  readonly #options: LookoutOptions;
  #looking = false;
  /** The look that is under way, or the last one. */
  #under: Promise<void> | null = null;
  /** When the next look is wanted that was asked for during one, ms from then; null: in the usual time. */
  #wanted: number | null = null;
  readonly #alarm: Alarm;
  #stopped = false;
  #unhear = () => {};

  constructor(env: EngineEnv, options: LookoutOptions) {
    this.#env = env;
    this.#options = options;
    this.#alarm = new Alarm(env.clock, () => void (this.#under = this.#once()));
  }

  /** Nothing is done where no other process may be. `firstMs`: when the first look is. */
  start(firstMs = this.#options.everyMs): void {
    const { ownership } = this.#env.store;
    if (ownership === undefined) return;
    this.soon(firstMs);
    const { isMeant } = this.#options;
    const unhear = isMeant && ownership.onHint?.((hint) => isMeant(hint) && this.soon(0));
    if (unhear) this.#unhear = unhear;
  }

  stop(): void {
    this.#stopped = true;
    this.#unhear();
    this.#alarm.close();
  }

  /** Looks once more, after a look that is under way, and never again. */
  async last(): Promise<void> {
    this.stop();
    await this.#under;
    await this.#once();
  }

  get #ends(): boolean {
    return this.#stopped || (this.#env.runs.stopping && !this.#options.toTheEnd);
  }

  /** Looks in so many ms at the latest. */
  soon(ms: number): void {
    if (this.#stopped) return;
    if (this.#looking) this.#wanted = ms;
    else this.#alarm.in(ms);
  }

  async #once(): Promise<void> {
    const { everyMs, what, look } = this.#options;
    this.#looking = true;
    this.#wanted = null;
    try {
      await look();
    } catch (thrown) {
      if (!this.#ends) this.#env.log.error(`${what} failed`, { error: String(thrown) });
    }
    this.#looking = false;
    if (!this.#ends) this.soon(this.#wanted ?? everyMs);
  }
}
