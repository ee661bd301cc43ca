// Which hand-overs of a batch build on one that was left out of it.

import type { HandOver } from "./store.ts";

export class LeftOut {
  readonly #runs = new Set<number>();
  /** Runs that do not exist, because what would have created them was left out. */
  readonly #unborn = new Set<number>();

  /** Notes a hand-over that is not committed. */
  add(handOver: HandOver): void {
    if (handOver.runNo !== null) this.#runs.add(handOver.runNo);
    for (const { runNo } of handOver.creates) {
      this.#runs.add(runNo);
      this.#unborn.add(runNo);
    }
    for (const { runNo } of handOver.updates) this.#runs.add(runNo);
    for (const { runNo } of handOver.events) this.#runs.add(runNo);
    for (const { runNo } of handOver.steps) this.#runs.add(runNo);
    for (const { runNo } of handOver.contexts) this.#runs.add(runNo);
    for (const { runNo } of handOver.decisions) this.#runs.add(runNo);
    for (const { runNo } of handOver.seals) this.#runs.add(runNo);
  }

  /**
   * Why this hand-over cannot be committed either; null when it can. A timer on a run that exists
   * does not build on that run's state: it only wakes it.
   */
  cause(handOver: HandOver): string | null {
    if (this.#runs.size === 0) return null;
    const own = handOver.runNo !== null && this.#runs.has(handOver.runNo) ? handOver : undefined;
    const run = own ??
      handOver.creates.find((row) =>
        this.#runs.has(row.runNo) || (row.parentRunNo !== null && this.#runs.has(row.parentRunNo))
      ) ?? handOver.updates.find((row) => this.#runs.has(row.runNo)) ??
      handOver.events.find((row) => this.#runs.has(row.runNo)) ??
      handOver.steps.find((row) => this.#runs.has(row.runNo)) ??
      handOver.contexts.find((row) => this.#runs.has(row.runNo)) ??
      handOver.decisions.find((row) => this.#runs.has(row.runNo)) ??
      handOver.seals.find((row) => this.#runs.has(row.runNo)) ??
      handOver.timers.find((row) => this.#unborn.has(row.runNo));
    return run === undefined ? null : `run ${run.runNo} builds on a hand-over that was left out`;
  }
}
