// What of a batch crosses to the writer's thread: one flat array of values a list.
//
// Rows that the batch itself supersedes are left out: a run that is created and changed is one
// insert, a step, context, timer or decision travels in its last state. Structured clone copies flat arrays
// of numbers and strings faster than objects, a buffer or one JSON text.

import type { RunStatus } from "../../../core/status.ts";
import { agentOf } from "../new-agent.ts";
import {
  type ContextRow,
  type DecisionRow,
  type HandOver,
  NO_RUN,
  type RunProgress,
  type RunUpdate,
  type StepRow,
  type TimerRow,
} from "../store.ts";
import { columnsOf, fieldsOf, PROGRESS, RUNS } from "../tables.ts";
import { type List, LIST_NAMES, type ListName, type ListRows, LISTS, WIDTH } from "./lists.ts";
import type { Value } from "./multi-row.ts";
import { checking, type Place, placing } from "./unroll.ts";

export interface FlatBatch {
  lists: Record<ListName, Value[]>;
  /** Where in these lists the texts for `blobs` are. */
  long: { runs: number[]; events: number[]; templates: number[] };
}

/** A batch as flat arrays, or why it cannot be written without looking at each hand-over. */
export type Flattened =
  | { ok: true; flat: FlatBatch; nextEventId: number }
  | { ok: false; reason: "fenced" | "refused"; message: string };

/** Makes something of the columns of each list, once. */
function ofLists<T>(make: (list: List) => T): Record<ListName, T> {
  return Object.fromEntries(LIST_NAMES.map((name) => [name, make(LISTS[name])])) as never;
}

const PLACE = ofLists(({ columns, row }) => placing(row ?? columns, columns)) as {
  [Name in ListName]: Place<ListRows[Name]>;
};
const STORABLE = ofLists(({ columns }) => checking(columns)) as {
  [Name in ListName]: (row: ListRows[Name]) => boolean;
};
const placeProgress = placing<RunProgress>(
  columnsOf(RUNS, fieldsOf(PROGRESS)),
  LISTS.runs.columns,
);

const LATER = "a timer is claimed that an earlier hand-over of the batch has set";

/** Of lists that have no content: nothing is ever noted in it. */
const NONE: number[] = [];

/** What the batch has said of a run so far. */
interface Touched {
  status: RunStatus;
  lastSeq: number;
  /** Where it stands in `runs`, when the batch creates it. */
  at: number;
  created: boolean;
  /** The hand-over that brought its first steps, and where in `steps` these are. */
  stepsOf: HandOver | null;
  stepsFrom: number;
  stepsTo: number;
  /** Where each of its steps is; made when a second hand-over brings steps. */
  slots: Map<string, number> | null;
}

/** `firstEventId`: the id of the batch's first event; the others follow without gaps. */
export function flatten(batch: readonly HandOver[], firstEventId: number): Flattened {
  const lists = ofLists<Value[]>(() => []);
  const long: FlatBatch["long"] = { runs: [], events: [], templates: [] };
  const runs = new Map<number, Touched>();
  const updates = new Map<number, { first: RunUpdate; last: RunUpdate; steady: boolean }>();
  const timers = new Map<string, TimerRow>();
  const contexts = new Map<number, ContextRow>();
  const decisions = new Map<string, DecisionRow>();
  const agents = new Map<string, number>();
  let nextEventId = firstEventId;
  let text = true;

  for (const handOver of batch) {
    for (const run of handOver.creates) {
      if (runs.has(run.runNo)) return refused(`run number ${run.runNo} is created twice`);
      text &&= STORABLE.runs(run);
      runs.set(run.runNo, touched(run, lists.runs.length, true));
      PLACE.runs(lists.runs, lists.runs.length, run, long.runs);
    }
    for (const update of handOver.updates) {
      const known = runs.get(update.runNo);
      if (known === undefined) {
        updates.set(update.runNo, { first: update, last: update, steady: isSteady(update) });
        runs.set(update.runNo, touched(update, -1, false));
        continue;
      }
      if (known.status !== update.expectStatus || known.lastSeq !== update.expectSeq) {
        return {
          ok: false,
          reason: "fenced",
          message: `run ${update.runNo} is ${known.status} at ${known.lastSeq}, ` +
            `not ${update.expectStatus} at ${update.expectSeq}`,
        };
      }
      if (known.created) placeProgress(lists.runs, known.at, update, long.runs);
      else {
        const gathered = updates.get(update.runNo)!;
        gathered.last = update;
        gathered.steady &&= isSteady(update);
      }
      known.status = update.status;
      known.lastSeq = update.lastSeq;
    }
    for (const event of handOver.events) {
      text &&= STORABLE.events(event);
      const at = lists.events.length;
      lists.events[at] = nextEventId++;
      PLACE.events(lists.events, at, event, long.events);
    }
    for (const step of handOver.steps) {
      text &&= STORABLE.steps(step);
      PLACE.steps(
        lists.steps,
        slotOf(lists.steps, step, runs.get(step.runNo), handOver),
        step,
        NONE,
      );
    }
    for (const row of handOver.contexts) {
      text &&= STORABLE.contexts(row);
      contexts.set(row.runNo, row);
    }
    for (const { key, dueAt } of handOver.claims) {
      const timer = { runNo: NO_RUN, key, dueAt };
      text &&= STORABLE.claims(timer);
      // Set in the same batch: what is in the database then is not what it was found as.
      if (timers.has(`${NO_RUN} ${key}`)) return { ok: false, reason: "fenced", message: LATER };
      PLACE.claims(lists.claims, lists.claims.length, timer, NONE);
    }
    for (const timer of handOver.timers) {
      text &&= STORABLE.timers(timer);
      timers.set(`${timer.runNo} ${timer.key}`, timer);
    }
    for (const row of handOver.decisions) {
      text &&= STORABLE.decisions(row);
      decisions.set(row.id, row);
    }
    for (const row of handOver.seals) {
      text &&= STORABLE.seals(row);
      PLACE.seals(lists.seals, lists.seals.length, row, NONE);
    }
    for (const row of handOver.templates) {
      text &&= STORABLE.templates(row);
      PLACE.templates(lists.templates, lists.templates.length, row, long.templates);
    }
    for (const touch of handOver.agents) {
      text &&= STORABLE.agents(agentOf(touch));
      agents.set(touch.id, Math.max(touch.at, agents.get(touch.id) ?? touch.at));
    }
    if (!text) return refused("a text holds a NUL character or half a surrogate pair");
  }

  for (const { first, last, steady } of updates.values()) {
    const { expectStatus, expectSeq } = first;
    const update = first === last ? last : { ...last, expectStatus, expectSeq };
    const list = steady ? "steadyGuards" : "guards";
    PLACE[list](lists[list], lists[list].length, update, NONE);
  }
  for (const timer of timers.values()) {
    if (timer.dueAt !== null) PLACE.timers(lists.timers, lists.timers.length, timer, NONE);
    else if (!runs.get(timer.runNo)?.created) {
      PLACE.untimers(lists.untimers, lists.untimers.length, timer, NONE);
    }
  }
  for (const row of contexts.values()) {
    PLACE.contexts(lists.contexts, lists.contexts.length, row, NONE);
  }
  for (const row of decisions.values()) {
    PLACE.decisions(lists.decisions, lists.decisions.length, row, NONE);
  }
  for (const [id, at] of agents) {
    PLACE.agents(lists.agents, lists.agents.length, agentOf({ id, at }), NONE);
  }
  return { ok: true, flat: { lists, long }, nextEventId };
}

function refused(message: string): Flattened {
  return { ok: false, reason: "refused", message };
}

function touched(
  run: { status: RunStatus; lastSeq: number },
  at: number,
  created: boolean,
): Touched {
  const { status, lastSeq } = run;
  const steps = { stepsOf: null, stepsFrom: 0, stepsTo: 0, slots: null };
  return { status, lastSeq, at, created, ...steps };
}

function isSteady(update: RunUpdate): boolean {
  return update.sameMarks && update.status === update.expectStatus;
}

/** Where to write the step: over its earlier state in this batch, or at the end. */
function slotOf(
  steps: Value[],
  step: StepRow,
  run: Touched | undefined,
  handOver: HandOver,
): number {
  const end = steps.length;
  if (run === undefined) return end;
  run.stepsOf ??= handOver;
  if (run.stepsOf === handOver) {
    if (run.stepsTo === 0) run.stepsFrom = end;
    run.stepsTo = end + WIDTH.steps;
    return end;
  }
  if (run.slots === null) {
    run.slots = new Map();
    for (let at = run.stepsFrom; at < run.stepsTo; at += WIDTH.steps) {
      if (steps[at] === step.runNo) run.slots.set(steps[at + 1] as string, at);
    }
  }
  const at = run.slots.get(step.stepId) ?? end;
  run.slots.set(step.stepId, at);
  return at;
}
