// Who is told of committed events, in commit order.

import type { Json } from "../core/json.ts";
import type { Logger } from "../core/log.ts";
import type { LiveEvent } from "./api.ts";
import { eventReport } from "./run-status.ts";
import type { HandOver } from "./store/store.ts";

type Listener = (event: LiveEvent) => void;

export class Live {
  readonly #listeners = new Set<Listener>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
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
      this.#tell({ kind: "event", event, template_name: run.templateName });
      if (row.type !== "step_completed") return;
      const { emitted } = event.payload as { emitted?: { event_type: string; payload: Json }[] };
      for (const { event_type, payload } of emitted ?? []) {
        this.#tell({
          kind: "emitted",
          id,
          workflow_id: run.id,
          step_id: row.stepId!,
          event_type,
          payload,
        });
      }
    });
  }

  #tell(event: LiveEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (thrown) {
        this.#log.warn("a live listener failed", { error: String(thrown) });
      }
    }
  }
}
