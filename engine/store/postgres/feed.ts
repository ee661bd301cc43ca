// How whoever reads the log of all runs finds there what this node has committed: once it may be shown.

import { setTimeout as sleep } from "node:timers/promises";
import type { HandOverResult } from "../store.ts";
import { SHOWN_UP_TO } from "./dialect.ts";
import type { Readers } from "./readers.ts";

/** How long it is waited for the transactions of others that began before, ms. */
const LONGEST_MS = 1_000;
const FIRST_PAUSE_MS = 1;

export class Feed {
  /** The last event that this node has committed, and the last that was seen to be shown. */
  #committed = 0;
  #shown = 0;

  committed(results: readonly HandOverResult[]): void {
    for (const result of results) {
      const last = result.ok ? result.eventIds.at(-1) : undefined;
      if (last !== undefined) this.#committed = Math.max(this.#committed, last);
    }
  }

  /** Resolves when all that was committed here before may be shown, or after a while. */
  async caughtUp(readers: Readers): Promise<void> {
    const wanted = this.#committed;
    let pause = FIRST_PAUSE_MS;
    for (let waited = 0; this.#shown < wanted && waited < LONGEST_MS; waited += pause, pause *= 2) {
      if (waited > 0) await sleep(pause);
      const [row] = await readers.with((session) => session.rows(SHOWN_UP_TO));
      this.#shown = Math.max(this.#shown, row!.id);
    }
  }
}
