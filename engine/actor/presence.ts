// Whether several agents are at work: then each piece of work is kept short, so that all get their turns.

import type { Clock } from "../../core/clock.ts";

/** An agent that has done nothing for this long is away. */
const AWAY_MS = 1_000;

export class Presence {
  readonly #clock: Clock;
  #latest: string | null = null;
  /** When work last went from one agent to another, monotonic ms. */
  #changedAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Work of this agent is about to be done. */
  note(agent: string): void {
    if (agent === this.#latest) return;
    if (this.#latest !== null) this.#changedAt = this.#clock.monotonic();
    this.#latest = agent;
  }

  /** Whether work went from one agent to another within the last second. */
  get several(): boolean {
    return this.#changedAt > -Infinity && this.#clock.monotonic() - this.#changedAt < AWAY_MS;
  }
}
