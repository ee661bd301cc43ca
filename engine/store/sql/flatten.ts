// What of a batch crosses to the writer's thread: one flat array of values a list.
//
// Rows that the batch itself supersedes are left out: a run that is created and changed is one
// insert, a step, context, timer, decision or schedule travels in its last state, and what is counted
// by how much it changes. Structured clone copies flat arrays of numbers and strings faster than
// objects, a buffer or one JSON text.

import { Counting } from "../counts.ts";
import { agentOf } from "../new-agent.ts";
import {
  type Archiving,
  type ContextRow,
  type DecisionRow,
  type HandOver,
  NO_RUN,
  type Noticing,
  type RunRow,
  type RunUpdate,
  type ScheduleRow,
  type Scheduling,
  type TemplateHooks,
  type TimerRow,
} from "../store.ts";
import type { ListName, ListRows, Value } from "./lists.ts";
import { ofLists, PLACE, placeProgress, STORABLE } from "./placed.ts";
import { Touched } from "./touched.ts";

export interface FlatBatch {
  lists: Record<ListName, Value[]>;
  /** Where in these lists the texts for `blobs` are, and those that are composed. */
  long: { runs: number[]; events: number[]; templates: number[]; schedules: number[] };
  /** Ids of notices that go although nobody was told them: what they count stays. */
  withdrawn: string[];
}

/** Why a batch cannot be written without looking at each hand-over. */
export interface Unfit {
  ok: false;
  reason: "fenced" | "refused";
  message: string;
}

/** A batch as flat arrays. `firstEventId`: the id of its first event; the others follow without gaps. */
export function flatten(
  batch: readonly HandOver[],
  firstEventId: number,
): { ok: true; flat: FlatBatch } | Unfit {
  const gathering = new Gathering(firstEventId);
  for (const handOver of batch) {
    const unfit = gathering.add(handOver);
    if (unfit !== null) return unfit;
  }
  return { ok: true, flat: gathering.finish() };
}

/** Of lists that have no content: nothing is ever noted in it. */
const NONE: number[] = [];

class Gathering {
  readonly #lists = ofLists<Value[]>(() => []);
  readonly #long: FlatBatch["long"] = {
    runs: [],
    events: [],
    templates: [],
    schedules: [],
  };
  readonly #runs = new Map<number, Touched>();
  readonly #updates = new Map<number, { first: RunUpdate; last: RunUpdate; steady: boolean }>();
  readonly #contexts = new Map<number, ContextRow>();
  readonly #timers = new Map<string, TimerRow>();
  readonly #decisions = new Map<string, DecisionRow>();
  readonly #agents = new Map<string, number>();
  readonly #schedules = new Map<string, ScheduleRow>();
  readonly #hooks = new Map<string, TemplateHooks>();
  readonly #archivings = new Map<string, Archiving>();
  readonly #withdrawn: string[] = [];
  readonly #counting = new Counting();
  #eventId: number;
  /** Whether all texts so far come back unchanged. */
  #storable = true;

  constructor(firstEventId: number) {
    this.#eventId = firstEventId;
  }

  add(handOver: HandOver): Unfit | null {
    for (const run of handOver.creates) {
      const unfit = this.#create(run);
      if (unfit !== null) return unfit;
    }
    for (const update of handOver.updates) {
      const unfit = this.#update(update);
      if (unfit !== null) return unfit;
    }
    this.#log(handOver);
    this.#keepLast(handOver);
    for (const { key, dueAt } of handOver.claims) {
      // Set in the same batch: what is in the database then is not what it was found as.
      if (this.#timers.has(`${NO_RUN} ${key}`)) return fenced(`timer ${key} has changed`);
      this.#put("claims", { runNo: NO_RUN, key, dueAt });
    }
    for (const row of handOver.limits) this.#put("limits", row);
    for (const timer of handOver.timers) {
      this.#storable &&= STORABLE.timers(timer);
      this.#timers.set(`${timer.runNo} ${timer.key}`, timer);
    }
    if (handOver.revoking !== null) this.#put("revoked", handOver.revoking);
    for (const row of handOver.seals) this.#put("seals", row);
    for (const row of handOver.templates) this.#put("templates", row, this.#long.templates);
    if (handOver.scheduling !== null) this.#keepSchedules(handOver.scheduling);
    for (const row of handOver.calling?.rows ?? []) this.#put("callbacks", row);
    for (const row of handOver.calling?.removed ?? []) this.#put("uncallbacks", row);
    if (handOver.noticing !== null) this.#notice(handOver.noticing);
    if (handOver.hooks !== null) this.#keepHooks(handOver.hooks);
    if (handOver.archiving !== null) {
      this.#archivings.set(handOver.archiving.name, handOver.archiving);
    }
    if (this.#storable) return null;
    return refused("a text holds a NUL character or half a surrogate pair");
  }

  #create(run: RunRow): Unfit | null {
    if (this.#runs.has(run.runNo)) return refused(`run number ${run.runNo} is created twice`);
    this.#runs.set(run.runNo, new Touched(run, this.#lists.runs.length));
    this.#put("runs", run, this.#long.runs);
    this.#counting.create(run);
    return null;
  }

  #update(update: RunUpdate): Unfit | null {
    const { runNo, expectStatus, expectSeq, status, lastSeq } = update;
    const steady = update.sameMarks && status === expectStatus;
    this.#counting.update(update);
    const known = this.#runs.get(runNo);
    if (known === undefined) {
      this.#updates.set(runNo, { first: update, last: update, steady });
      this.#runs.set(runNo, new Touched(update, null));
      return null;
    }
    if (known.status !== expectStatus || known.lastSeq !== expectSeq) {
      return fenced(
        `run ${runNo} is ${known.status} at ${known.lastSeq}, not ${expectStatus} at ${expectSeq}`,
      );
    }
    if (known.at !== null) placeProgress(this.#lists.runs, known.at, update, this.#long.runs);
    else {
      const gathered = this.#updates.get(runNo)!;
      gathered.last = update;
      gathered.steady &&= steady;
    }
    known.status = status;
    known.lastSeq = lastSeq;
    return null;
  }

  /** Events, and the last state of steps. */
  #log(handOver: HandOver): void {
    const { events, steps } = this.#lists;
    for (const event of handOver.events) {
      const at = events.length;
      events[at] = this.#eventId++;
      PLACE.events(events, at, event, this.#long.events);
      this.#storable &&= STORABLE.events(event);
      this.#counting.log(event);
    }
    for (const step of handOver.steps) {
      const at = this.#runs.get(step.runNo)?.slotOf(steps, step, handOver) ?? steps.length;
      PLACE.steps(steps, at, step, NONE);
      this.#storable &&= STORABLE.steps(step);
    }
  }

  #keepLast(handOver: HandOver): void {
    for (const row of handOver.contexts) {
      this.#storable &&= STORABLE.contexts(row);
      this.#contexts.set(row.runNo, row);
    }
    for (const row of handOver.decisions) {
      this.#storable &&= STORABLE.decisions(row);
      this.#decisions.set(row.id, row);
      this.#counting.decide(row);
    }
    for (const touch of handOver.agents) {
      this.#storable &&= STORABLE.agents(agentOf(touch));
      this.#agents.set(touch.id, Math.max(touch.at, this.#agents.get(touch.id) ?? touch.at));
    }
  }

  #keepSchedules({ removed, schedules, fires }: Scheduling): void {
    for (const id of removed) {
      this.#schedules.delete(id);
      this.#put("unschedules", { id });
    }
    for (const row of schedules) {
      this.#storable &&= STORABLE.schedules(row);
      this.#schedules.set(row.id, row);
    }
    for (const row of fires) this.#put("fires", row);
  }

  #notice({ rows, told, withdrawn }: Noticing): void {
    for (const row of rows) this.#put("notices", row);
    for (const id of [...told, ...withdrawn]) this.#put("unnotices", { id });
    this.#withdrawn.push(...withdrawn);
  }

  #keepHooks(given: TemplateHooks): void {
    this.#storable &&= STORABLE.unhooks(given) && given.hooks.every(STORABLE.hooks);
    this.#hooks.set(given.templateName, given);
  }

  #put<Name extends ListName>(name: Name, row: ListRows[Name], long = NONE): void {
    const list = this.#lists[name];
    this.#storable &&= STORABLE[name](row);
    PLACE[name](list, list.length, row, long);
  }

  /** The lists, with what was kept back for what might come after it. */
  finish(): FlatBatch {
    for (const { first, last, steady } of this.#updates.values()) {
      const { expectStatus, expectSeq } = first;
      const update = first === last ? last : { ...last, expectStatus, expectSeq };
      this.#put(steady ? "steadyGuards" : "guards", update);
    }
    for (const timer of this.#timers.values()) {
      if (timer.dueAt !== null) this.#put("timers", timer);
      // A run that was not there before has no timers there.
      else if (typeof this.#runs.get(timer.runNo)?.at !== "number") this.#put("untimers", timer);
    }
    for (const row of this.#contexts.values()) this.#put("contexts", row);
    for (const row of this.#decisions.values()) this.#put("decisions", row);
    for (const row of this.#schedules.values()) this.#put("schedules", row, this.#long.schedules);
    for (const { templateName, hooks } of this.#hooks.values()) {
      this.#put("unhooks", { templateName });
      for (const row of hooks) this.#put("hooks", row);
    }
    for (const row of this.#archivings.values()) this.#put("archivings", row);
    for (const [id, at] of this.#agents) this.#put("agents", agentOf({ id, at }));
    for (const row of this.#counting.tallies) this.#put("tallies", row);
    for (const row of this.#counting.buckets) this.#put("buckets", row);
    return { lists: this.#lists, long: this.#long, withdrawn: this.#withdrawn };
  }
}

function refused(message: string): Unfit {
  return { ok: false, reason: "refused", message };
}

function fenced(message: string): Unfit {
  return { ok: false, reason: "fenced", message };
}
