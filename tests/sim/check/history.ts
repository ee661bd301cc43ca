// What a run's log says each step and the run itself were at any moment.

import { isDeepStrictEqual } from "node:util";
import type { ErrorObject } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { RunStatus, StepStatus } from "../../../core/status.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";
import type { Evidence } from "./evidence.ts";
import { isKept, NEUTRAL, type Origin, originOf } from "./origin.ts";
import type { LogEvent, Past, RunState, StepState } from "./past.ts";
import { PlaceBook, rootOf } from "./places.ts";

const UNTOUCHED: StepState = {
  seq: 0,
  status: "pending",
  attempt: 0,
  retries: 0,
  output: undefined,
  error: null,
  reason: null,
};

/** After the last event. */
export const END = Infinity;

/** Steps in these states are under way. */
export const OPEN: ReadonlySet<StepStatus> = new Set(["running", "retrying", "suspended"]);

export class History implements Past {
  readonly evidence: Evidence;
  readonly book: PlaceBook;
  readonly events: readonly LogEvent[];
  readonly run: readonly RunState[];
  /** Of a fork, where it comes from; what it has kept is known by the log of that run. */
  readonly origin: Origin<History> | null;
  readonly #steps = new Map<string, StepState[]>();
  readonly #eventsOf = new Map<string, LogEvent[]>();
  /** By step, the events by which a retry policy took back all that had happened in it. */
  readonly #wipes = new Map<string, number[]>();
  /** By step, the events that put it back to pending. */
  readonly #resets = new Map<string, number[]>();

  constructor(evidence: Evidence) {
    this.evidence = evidence;
    this.book = new PlaceBook(evidence.definition);
    const events = eventsOf(evidence.record);
    this.origin = originOf(evidence, events, (source) => new History(source));
    if (this.origin) this.#takeOver(this.origin);
    // What is kept has not happened here: it stands in the log of the other run.
    this.events = this.origin
      ? events.map((event) => isKept(event) ? { ...event, type: NEUTRAL, stepId: null } : event)
      : events;
    const run: RunState[] = [{ seq: 0, status: "pending" }];
    for (const event of this.events) {
      const status = RUN_STATUS[event.type];
      if (status) run.push({ seq: event.seq, status });
      else if (event.stepId !== null) this.#applyToStep(event, event.stepId);
      if (event.type === "signal_received") this.#applySignal(event);
    }
    this.run = run;
  }

  /** Ids of all steps that something happened to. */
  get stepIds(): Iterable<string> {
    return this.#steps.keys();
  }

  /** All states a step went through, oldest first. */
  states(id: string): readonly StepState[] {
    return this.#steps.get(id) ?? [];
  }

  /** What the step was just before the event with this sequence number. */
  step(id: string, seq: number): StepState {
    return this.#steps.get(id)?.findLast((state) => state.seq < seq) ?? UNTOUCHED;
  }

  /** What the run was just before the event. */
  runStatus(seq: number): RunStatus {
    return this.run.findLast((state) => state.seq < seq)!.status;
  }

  /** Events with this step id, oldest first. */
  eventsOf(id: string): readonly LogEvent[] {
    return this.#eventsOf.get(id) ?? [];
  }

  /** The last event of the step before `seq` that is of the type, and not before `since`. */
  last(id: string, type: EventType, seq: number, since = -Infinity): LogEvent | undefined {
    return this.eventsOf(id).findLast((event) =>
      event.type === type && event.seq < seq && event.seq >= since
    );
  }

  /**
   * The start with which the step's present life began: what it recorded since then counts. A retry
   * by policy begins a new life of a flow step and of all in it, a retry by signal does not.
   */
  lifeStart(id: string, seq: number): LogEvent | undefined {
    const wiped = this.#wipes.get(id)?.findLast((at) => at < seq) ?? -Infinity;
    return this.eventsOf(id).find((event) =>
      event.type === "step_started" && event.seq > wiped && event.seq < seq
    );
  }

  /** What had happened to the kept steps, as before the first event of this log. */
  #takeOver({ history, cut, roots }: Origin<History>): void {
    for (const id of history.stepIds) {
      const place = this.book.find(id);
      if (!place || !roots.has(rootOf(place).id)) continue;
      const states = history.states(id).filter(({ seq }) => seq < cut);
      if (states.length === 0) continue;
      const before = <T extends { seq: number }>(items: readonly T[]) =>
        items.filter(({ seq }) => seq < cut).map((item) => ({ ...item, seq: item.seq - cut }));
      const numbers = (seqs: readonly number[] = []) =>
        seqs.filter((seq) => seq < cut).map((seq) => seq - cut);
      this.#eventsOf.set(id, before(history.eventsOf(id)));
      // None of its attempts was made here.
      const last = { ...states.at(-1)!, attempt: 0, retries: 0, seq: 0 };
      this.#steps.set(id, [...before(states), last]);
      this.#wipes.set(id, numbers(history.#wipes.get(id)));
      this.#resets.set(id, numbers(history.#resets.get(id)));
    }
  }

  #applyToStep(event: LogEvent, id: string): void {
    const own = this.#eventsOf.get(id);
    if (own) own.push(event);
    else this.#eventsOf.set(id, [event]);
    const { data } = event;
    const error = data.error as unknown as ErrorObject;
    switch (event.type) {
      case "step_started":
        this.#change(id, event, { status: "running", attempt: data.attempt as number });
        break;
      case "step_completed":
        this.#change(id, event, { status: "completed", output: data.output ?? null, error: null });
        break;
      case "step_failed":
        this.#change(id, event, { status: "failed", error });
        break;
      case "step_skipped":
        this.#change(id, event, { status: "skipped", reason: String(data.reason) });
        break;
      case "step_suspended":
        this.#change(id, event, { status: "suspended" });
        break;
      case "step_retry_attempt":
        this.#change(id, event, { retries: this.step(id, END).retries + 1, error });
        this.#wipe(id, event);
        for (const one of ids(data.reset)) {
          this.#reset(one, event);
          this.#wipe(one, event);
        }
        break;
      case "step_retrying":
        this.#change(id, event, { status: "retrying" });
        break;
      case "step_ignored":
        this.#change(id, event, { error });
        break;
    }
  }

  #applySignal(event: LogEvent): void {
    const anew = this.begunAnew(event);
    for (const id of ids(event.data.reset)) {
      this.#reset(id, event);
      if (anew.includes(id)) this.#wipe(id, event);
      // A hook runs once more from nothing.
      const top = this.book.find(id) && rootOf(this.book.find(id)!);
      if (top?.list.kind === "hook") this.#wipe(id, event);
    }
    for (const id of ids(event.data.renewed)) this.#change(id, event, { retries: 0 });
  }

  /** Of what a signal resets: the loops that were exhausted, with all in them. */
  begunAnew({ seq, data }: LogEvent): string[] {
    const reset = ids(data.reset);
    const loops = reset.filter((id) => {
      const { error } = this.step(id, seq);
      if (error?.step_id !== id || error.details?.exhausted !== true) return false;
      // One that has begun again since was ended by something else.
      const own = this.eventsOf(id).filter((event) => event.seq < seq);
      const began = own.findLastIndex(({ type }) => type === "step_started");
      return own.slice(began + 1).some(({ data }) => isDeepStrictEqual(data.error, error));
    });
    return reset.filter((id) => loops.some((loop) => id === loop || id.startsWith(`${loop}.`)));
  }

  #change(id: string, { seq }: LogEvent, change: Partial<StepState>): void {
    const states = this.#steps.get(id) ?? [];
    states.push({ ...states.at(-1) ?? UNTOUCHED, ...change, seq });
    this.#steps.set(id, states);
  }

  /** The last event before `seq` that put the step back to pending; -Infinity when there was none. */
  resetBefore(id: string, seq: number): number {
    return this.#resets.get(id)?.findLast((at) => at < seq) ?? -Infinity;
  }

  #reset(id: string, event: LogEvent): void {
    this.#resets.set(id, [...this.#resets.get(id) ?? [], event.seq]);
    this.#change(id, event, { ...UNTOUCHED, attempt: this.step(id, END).attempt });
  }

  #wipe(id: string, { seq }: LogEvent): void {
    this.#wipes.set(id, [...this.#wipes.get(id) ?? [], seq]);
  }
}

function eventsOf({ events }: Evidence["record"]): LogEvent[] {
  return events.map((event) => ({
    seq: event.seq,
    type: event.type,
    stepId: event.stepId,
    agentId: event.agentId,
    at: event.at,
    data: JSON.parse(event.payload ?? "{}") as JsonObject,
  }));
}

/** The event types that change what the run is. */
export const RUN_STATUS: Partial<Record<EventType, RunStatus>> = {
  workflow_started: "active",
  workflow_resumed: "active",
  workflow_suspended: "suspended",
  workflow_completed: "completed",
  workflow_failed: "failed",
  workflow_cancelled: "cancelled",
};

/** A list of step ids in a payload; none when it is absent. */
export function ids(value: Json | undefined): string[] {
  return Array.isArray(value) ? value as string[] : [];
}
