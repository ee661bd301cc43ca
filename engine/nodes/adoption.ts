// How runs come here whose node is gone: it is looked for them as long as this one runs.

import type { EngineEnv } from "../engine-env.ts";
import type { Timers } from "../timers/timers.ts";
import { PAGE, recoverPage } from "../recovery/start-up.ts";

/** How often it is looked whether a node has gone, ms: well within the time after which one counts as dead. */
const LOOK_MS = 2_000;

export class Adoption {
  readonly #env: EngineEnv;
  readonly #timers: Pick<Timers, "reread">;
  #disarm = () => {};

  constructor(env: EngineEnv, timers: Pick<Timers, "reread">) {
    this.#env = env;
    this.#timers = timers;
  }

  /** Nothing is done where no other process may be. */
  start(): void {
    if (this.#env.store.ownership === undefined) return;
    this.#disarm = this.#env.clock.after(LOOK_MS, () => void this.#look());
  }

  stop(): void {
    this.#disarm();
  }

  async #look(): Promise<void> {
    const { store, runs, log } = this.#env;
    try {
      for (let more = true; more && !runs.stopping;) {
        const adopted = await store.ownership!.adopt(PAGE);
        // Timers of those that wait are ours to fire, too.
        if (adopted.gone) this.#timers.reread();
        await recoverPage(this.#env, adopted.runs);
        if (adopted.runs.length > 0) {
          log.info("runs go on here whose node is gone", { count: adopted.runs.length });
        }
        more = adopted.more;
      }
    } catch (thrown) {
      if (!runs.stopping) log.error("looking for runs of others failed", { error: String(thrown) });
    }
    if (!runs.stopping) this.start();
  }
}
