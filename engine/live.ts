// Who is told of committed events, in commit order.

import type { Json } from "../core/json.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { LiveEvent } from "./api.ts";
import { eventReport } from "./run-status.ts";
import type { HandOver } from "./store/store.ts";

type Listener = (event: LiveEvent) => void;

/** After so long in one turn of the event loop, the rest is told in the next. */
const MOST_MS = 5;

export interface LiveOptions {
  clock: Clock;
  log: Logger;
  /** Runs a function once the current work of the event loop is done. */
  soon(run: () => void): void;
}

export class Live {
  readonly #listeners = new Set<Listener>();
  readonly #options: LiveOptions;
  /** What is left to tell, from `#head` on. */
  #left: LiveEvent[] = [];
  #head = 0;
  #telling = false;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Publishes the events of a committed hand-over. `runOf` names the run of a row. */
  publish(
    handOver: HandOver,
    firstEventId: number,
    runOf: (runNo: number) => { id: string; templateName: string } | undefined,
  ): void {
    if (this.#listeners.size === 0) return;
    handOver.events.forEach((row, i) => {
      const run = runOf(row.runNo);
      if (!run) return;
      const id = firstEventId + i;
      const event = eventReport({ ...row, id, runId: run.id });
      this.#left.push({ kind: "event", event, template_name: run.templateName });
      if (row.type !== "step_completed") return;
      const { emitted } = event.payload as { emitted?: { event_type: string; payload: Json }[] };
      for (const { event_type, payload } of emitted ?? []) {
        this.#left.push({
          kind: "emitted",
          id,
          workflow_id: run.id,
          step_id: row.stepId!,
          event_type,
          payload,
        });
      }
    });
    if (!this.#telling) this.#drain();
  }

  /** Tells what is left in order, the many in several turns: a large commit has many listeners. */
  #drain(): void {
    const { clock, soon } = this.#options;
    const began = clock.monotonic();
    this.#telling = true;
    while (this.#head < this.#left.length) {
      this.#tell(this.#left[this.#head++]!);
      if (clock.monotonic() - began > MOST_MS) return soon(() => this.#drain());
    }
    this.#left = [];
    this.#head = 0;
    this.#telling = false;
  }

  #tell(event: LiveEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (thrown) {
        this.#options.log.warn("a live listener failed", { error: String(thrown) });
      }
    }
  }
}
