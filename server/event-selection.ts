// Which events a stream is for: those of some runs, of some types, live or from the log.

import type { Json, JsonObject } from "../core/json.ts";
import { Lru } from "../core/lru.ts";
import type { EventReport, LiveEvent, Opcode } from "../engine/api.ts";

/** What a stream is asked for; all of it has to fit. */
export interface Wish {
  /** Only this run's events. */
  runId?: string | undefined;
  /** Only those of runs of this template. */
  template?: string | undefined;
  /** Only those of this agent's runs. */
  agent?: string | undefined;
  /** Only of these types; `emitted`: what steps have emitted. */
  types?: readonly string[] | undefined;
}

/** Runs of which a stream remembers whose they are: that never changes. */
const MOST_RUNS = 1_000;
const MOST_CHARACTERS = 1_000_000;

/** What all streams of the same types are told of the same commit: made once. */
const parts = new WeakMap<readonly LiveEvent[], Map<string, readonly LiveEvent[]>>();

export class Selection {
  readonly #opcode: Opcode;
  readonly #wish: Wish;
  readonly #types: ReadonlySet<string> | null;
  readonly #key: string;
  readonly #runs = new Lru<boolean>(MOST_RUNS, MOST_CHARACTERS);

  constructor(opcode: Opcode, wish: Wish) {
    this.#opcode = opcode;
    this.#wish = wish;
    this.#types = wish.types === undefined ? null : new Set(wish.types);
    this.#key = wish.types?.toSorted().join() ?? "";
  }

  /** Whether what it leaves out is left out by more than the run. */
  get isPartial(): boolean {
    const { template, agent, types } = this.#wish;
    return template !== undefined || agent !== undefined || types !== undefined;
  }

  /** What it is told of one commit about one run: the array itself when that is all. */
  told(events: readonly LiveEvent[]): readonly LiveEvent[] {
    const first = events[0];
    if (first === undefined || first.kind === "missed") return events;
    const { template, agent } = this.#wish;
    if (first.kind === "event") {
      if (template !== undefined && first.template_name !== template) return [];
      if (agent !== undefined && first.run_agent_id !== agent) return [];
    }
    if (this.#types === null) return events;
    let known = parts.get(events);
    if (!known) parts.set(events, known = new Map());
    let part = known.get(this.#key);
    if (!part) known.set(this.#key, part = events.filter((item) => this.#isOfType(item)));
    return part;
  }

  /** The same of an event that was read, with what its step has emitted. */
  async stored(event: EventReport): Promise<LiveEvent[]> {
    if (!await this.#isOfRun(event.workflow_id)) return [];
    const { template = "", agent = "" } = this.#wish;
    const all: LiveEvent[] = [
      { kind: "event", event, template_name: template, run_agent_id: agent },
      ...emittedBy(event),
    ];
    return this.#types === null ? all : all.filter((item) => this.#isOfType(item));
  }

  #isOfType(item: LiveEvent): boolean {
    if (item.kind === "missed") return true;
    return this.#types!.has(item.kind === "event" ? item.event.event_type : "emitted");
  }

  async #isOfRun(id: string): Promise<boolean> {
    const { template, agent } = this.#wish;
    if (template === undefined && agent === undefined) return true;
    const known = this.#runs.peek(id);
    if (known !== undefined) return known;
    const request = { resource: "workflows", filter: { id, limit: 1 }, brief: true } as const;
    const [run] = (await this.#opcode.query(request)).rows;
    const fits = run !== undefined && (template ?? run.template_name) === run.template_name &&
      (agent ?? run.agent_id) === run.agent_id;
    return this.#runs.get(id, () => fits);
  }
}

/** What the step emitted whose completion the event is. */
export function emittedBy(
  { id, workflow_id, step_id, event_type: type, payload }: EventReport,
): LiveEvent[] {
  if (type !== "step_completed" || payload === undefined) return [];
  const { emitted = [] } = payload as JsonObject as {
    emitted?: { event_type: string; payload: Json }[];
  };
  return emitted.map(({ event_type, payload }) => ({
    kind: "emitted",
    id,
    workflow_id,
    step_id: step_id!,
    event_type,
    payload,
  }));
}
