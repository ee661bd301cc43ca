// How what a start has set up is taken down again: in reverse, each step whatever became of the others.

import type { Logger } from "../core/log.ts";

interface Step {
  what: string;
  run: () => unknown;
}

export class Teardown {
  readonly #steps: Step[] = [];
  readonly #log: Logger;
  #done: Promise<void> | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `what`: what the step ends, for the log. The answer takes it off the list again. */
  add(what: string, run: () => unknown): () => void {
    const step = { what, run };
    this.#steps.unshift(step);
    return () => void this.#steps.splice(this.#steps.indexOf(step), 1);
  }

  /** Runs all steps, the last added first; never rejects. Every call returns the same promise. */
  run(): Promise<void> {
    return this.#done ??= this.#run();
  }

  async #run(): Promise<void> {
    for (const { what, run } of this.#steps) {
      try {
        await run();
      } catch (error) {
        this.#log.warn("could not be ended properly", { what, error: String(error) });
      }
    }
  }
}
