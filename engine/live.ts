// Who is told of committed events, in commit order.

import { textOf } from "./store/composed.ts";
import type { Json } from "../core/json.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { LiveEvent, LiveListener } from "./api.ts";
import { eventReport } from "./verbs/status.ts";
import type { EventId, HandOver, RunRow, StoredEvent } from "./store/store.ts";

/** After so long in one turn of the event loop, the rest is told in the next. */
const MOST_MS = 2;

/** Events that may wait to be told: whoever is behind so far reads them from the store. */
const MOST_LEFT = 20_000;

export interface LiveOptions {
  clock: Clock;
  log: Logger;
  /** Payloads with more characters than this are not told, only measured. */
  mostText: number;
  /** Runs a function once the current work of the event loop is done. */
  soon(run: () => void): void;
}

/** What is told of the run that events are of. */
export type LiveRun = Pick<RunRow, "id" | "templateName" | "agentId">;

interface Told {
  run: LiveRun;
  stored: StoredEvent;
}

/** The event, and what its step has sent with it. */
function liveEvents(run: LiveRun, stored: StoredEvent): LiveEvent[] {
  const event = eventReport(stored);
  const { templateName: template_name, agentId: run_agent_id } = run;
  const events: LiveEvent[] = [{ kind: "event", event, template_name, run_agent_id }];
  if (stored.type !== "step_completed" || stored.payload === null) return events;
  const { emitted } = event.payload as { emitted?: { event_type: string; payload: Json }[] };
  const sent = { id: stored.id, workflow_id: run.id, step_id: stored.stepId! };
  for (const { event_type, payload } of emitted ?? []) {
    events.push({ kind: "emitted", ...sent, event_type, payload });
  }
  return events;
}

/** What one commit says of one run; `runId` is null for what all must hear. */
interface Batch {
  runId: string | null;
  events: readonly LiveEvent[];
}

export class Live {
  readonly #all = new Set<LiveListener>();
  /** Who follows one run alone: the events of others cost them nothing. */
  readonly #byRun = new Map<string, Set<LiveListener>>();
  readonly #options: LiveOptions;
  /** What is left to tell, from `#head` on. */
  #left: Batch[] = [];
  #head = 0;
  #waiting = 0;
  #telling = false;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** `runId`: only the events of this run; the answer unsubscribes. */
  subscribe(listener: LiveListener, runId?: string): () => void {
    if (runId === undefined) {
      this.#all.add(listener);
      return () => void this.#all.delete(listener);
    }
    let ofRun = this.#byRun.get(runId);
    if (!ofRun) this.#byRun.set(runId, ofRun = new Set());
    ofRun.add(listener);
    return () => {
      ofRun.delete(listener);
      if (ofRun.size === 0 && this.#byRun.get(runId) === ofRun) this.#byRun.delete(runId);
    };
  }

  /** Whether anybody is told. */
  get isHeard(): boolean {
    return this.#all.size > 0 || this.#byRun.size > 0;
  }

  /** Publishes the events of a committed hand-over. `runOf` names the run of a row. */
  publish(
    handOver: HandOver,
    eventIds: readonly EventId[],
    runOf: (runNo: number) => LiveRun | undefined,
  ): void {
    if (!this.isHeard) return;
    const told: Told[] = [];
    handOver.events.forEach((row, i) => {
      const run = runOf(row.runNo);
      if (!run || !this.#hears(run)) return;
      const size = row.payload?.length ?? 0;
      const payload = size > this.#options.mostText ? null : textOf(row.payload);
      told.push({
        run,
        stored: { ...row, id: eventIds[i]!, runId: run.id, payload, payloadSize: size },
      });
    });
    this.#put(told);
  }

  /** The same of events that were read from the log, in its order. */
  publishStored(rows: readonly StoredEvent[], runOf: (id: string) => LiveRun | undefined): void {
    this.#put(rows.flatMap((stored) => {
      const run = runOf(stored.runId);
      return run && this.#hears(run) ? [{ run, stored }] : [];
    }));
  }

  /** So many were committed that nobody reads them one by one. */
  publishMissed(from: EventId, id: EventId): void {
    if (!this.isHeard) return;
    this.#left.push({ runId: null, events: [{ kind: "missed", from, id }] });
    this.#waiting++;
    if (!this.#telling) this.#drain();
  }

  #hears(run: LiveRun): boolean {
    return this.#all.size > 0 || this.#byRun.has(run.id);
  }

  /** Those of one run that follow on each other are told together. */
  #put(told: readonly Told[]): void {
    let events: LiveEvent[] = [];
    for (const [i, { run, stored }] of told.entries()) {
      events.push(...liveEvents(run, stored));
      if (told[i + 1]?.run.id === run.id) continue;
      this.#left.push({ runId: run.id, events });
      this.#waiting += events.length;
      events = [];
    }
    if (this.#waiting > MOST_LEFT) this.#giveUp();
    if (!this.#telling) this.#drain();
  }

  /** More comes than can be told: instead of the events, which ones they are. */
  #giveUp(): void {
    const first = this.#left[this.#head]!.events[0]!;
    const last = this.#left.at(-1)!.events.at(-1)!;
    const from = first.kind === "missed" ? first.from : idOf(first);
    this.#left = [{ runId: null, events: [{ kind: "missed", from, id: idOf(last) }] }];
    this.#head = 0;
    this.#waiting = 1;
  }

  /** Tells what is left in order, the many in several turns: a large commit has many listeners. */
  #drain(): void {
    const { clock, soon } = this.#options;
    const began = clock.monotonic();
    this.#telling = true;
    while (this.#head < this.#left.length) {
      const batch = this.#left[this.#head++]!;
      this.#waiting -= batch.events.length;
      this.#tell(batch);
      if (clock.monotonic() - began > MOST_MS) return soon(() => this.#drain());
    }
    this.#left = [];
    this.#head = 0;
    this.#telling = false;
  }

  #tell({ runId, events }: Batch): void {
    for (const listener of this.#all) this.#call(listener, events);
    const sets = runId === null ? this.#byRun.values() : [this.#byRun.get(runId) ?? []];
    for (const set of sets) for (const listener of set) this.#call(listener, events);
  }

  #call(listener: LiveListener, events: readonly LiveEvent[]): void {
    try {
      listener(events);
    } catch (thrown) {
      this.#options.log.warn("a live listener failed", { error: String(thrown) });
    }
  }
}

function idOf(event: LiveEvent): EventId {
  return event.kind === "event" ? event.event.id : event.id;
}
