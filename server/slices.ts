// How the daemon cuts long work into pieces: by the real clock, and in turns with all other such work.

import type { Slices } from "../core/slices.ts";
import { Turnstile } from "../core/turnstile.ts";
import { working } from "../core/working.ts";

/** What one piece may take, ms. */
const SLICE_MS = 10;

/** All long work takes turns: of ten pieces that are due at once, one is done in each turn. */
const turns = new Turnstile();

export class ClockSlices implements Slices {
  #began = performance.now();

  get due(): boolean {
    return performance.now() - this.#began > SLICE_MS;
  }

  async pause(): Promise<void> {
    await turns.pass();
    this.#began = performance.now();
    working();
  }
}
