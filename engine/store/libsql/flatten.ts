// What of a batch crosses to the writer's thread: one flat array of values a table.
//
// Rows that the batch itself supersedes are left out: a run that is created and changed is one
// insert, a step, context, timer or decision travels in its last state. Structured clone copies flat arrays
// of numbers and strings faster than objects, a buffer or one JSON text.

import { DECISION_STATUSES, RUN_STATUSES, STEP_STATUSES } from "../../../core/status.ts";
import type { RunStatus } from "../../../core/status.ts";
import { isStorable } from "../../../core/text.ts";
import { EVENT_TYPES } from "../../journal/event-types.ts";
import type {
  DecisionRow,
  HandOver,
  RunProgress,
  RunRow,
  RunUpdate,
  StepRow,
  TemplateRow,
} from "../store.ts";
import type { Value } from "./multi-row.ts";

/** Texts longer than this (in UTF-16 units) are stored in `blobs`, once a content. */
export const BLOB_LENGTH = 64 * 1024;

export interface FlatBatch {
  /** (run_no, expected status, expected seq, progress…) of the runs that must exist. */
  guards: Value[];
  /** The same without status and marks, which stay: so the indexes that know them need no write. */
  steadyGuards: Value[];
  runs: Value[];
  events: Value[];
  steps: Value[];
  contexts: Value[];
  timers: Value[];
  /** (run_no, key) of timers to remove. */
  untimers: Value[];
  decisions: Value[];
  seals: Value[];
  templates: Value[];
  agents: Value[];
  /** Where in these arrays the texts for `blobs` are. */
  long: { runs: number[]; events: number[]; templates: number[] };
}

/** A batch as flat arrays, or why it cannot be written without looking at each hand-over. */
export type Flattened =
  | { ok: true; flat: FlatBatch; nextEventId: number }
  | { ok: false; reason: "fenced" | "refused"; message: string };

export const GUARD_WIDTH = 13;
export const STEADY_WIDTH = 11;
export const RUN_WIDTH = 22;
export const EVENT_WIDTH = 8;
export const STEP_WIDTH = 12;
export const CONTEXT_WIDTH = 7;
export const TIMER_WIDTH = 3;
export const UNTIMER_WIDTH = 2;
export const DECISION_WIDTH = 14;
export const SEAL_WIDTH = 3;
export const TEMPLATE_WIDTH = 9;
export const AGENT_WIDTH = 2;

const RUN_CODE = codesOf(RUN_STATUSES);
const STEP_CODE = codesOf(STEP_STATUSES);
const DECISION_CODE = codesOf(DECISION_STATUSES);
const EVENT_CODE = codesOf(EVENT_TYPES);

function codesOf<T extends string>(names: readonly T[]): Record<T, number> {
  return Object.fromEntries(names.map((name, code) => [name, code])) as Record<T, number>;
}

/** What the batch has said of a run so far. */
interface Touched {
  status: RunStatus;
  lastSeq: number;
  /** Where its progress stands in `runs`, when the batch creates it. */
  progressAt: number;
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
  const flat: FlatBatch = {
    guards: [],
    steadyGuards: [],
    runs: [],
    events: [],
    steps: [],
    contexts: [],
    timers: [],
    untimers: [],
    decisions: [],
    seals: [],
    templates: [],
    agents: [],
    long: { runs: [], events: [], templates: [] },
  };
  const runs = new Map<number, Touched>();
  const updates = new Map<number, { first: RunUpdate; last: RunUpdate; steady: boolean }>();
  const timers = new Map<string, { runNo: number; key: string; dueAt: number | null }>();
  const contexts = new Map<number, HandOver["contexts"][number]>();
  const decisions = new Map<string, DecisionRow>();
  const agents = new Map<string, number>();
  let nextEventId = firstEventId;
  let text = true;

  for (const handOver of batch) {
    for (const run of handOver.creates) {
      if (runs.has(run.runNo)) return refused(`run number ${run.runNo} is created twice`);
      text &&= storable(run.id) && storable(run.templateName) && storable(run.agentId) &&
        storable(run.parentStepId) && storable(run.idempotencyKey);
      const at = pushRun(flat, run);
      runs.set(run.runNo, touched(run, at, true));
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
      if (known.created) overwrite(flat.runs, known.progressAt, progressOf(update));
      else {
        const gathered = updates.get(update.runNo)!;
        gathered.last = update;
        gathered.steady &&= isSteady(update);
      }
      known.status = update.status;
      known.lastSeq = update.lastSeq;
    }
    for (const event of handOver.events) {
      text &&= storable(event.stepId) && storable(event.agentId);
      if (event.payload !== null && event.payload.length > BLOB_LENGTH) {
        flat.long.events.push(flat.events.length + 5);
      }
      flat.events.push(
        nextEventId++,
        event.runNo,
        event.seq,
        EVENT_CODE[event.type],
        event.stepId,
        event.payload,
        event.agentId,
        event.at,
      );
    }
    for (const step of handOver.steps) {
      text &&= storable(step.stepId);
      pushStep(flat.steps, step, runs.get(step.runNo), handOver);
    }
    for (const row of handOver.contexts) {
      text &&= storable(row.agentId) && storable(row.originalIntent) && storable(row.agentNotes);
      contexts.set(row.runNo, row);
    }
    for (const timer of handOver.timers) {
      text &&= storable(timer.key);
      timers.set(`${timer.runNo} ${timer.key}`, timer);
    }
    for (const row of handOver.decisions) {
      text &&= storable(row.id) && storable(row.stepId) && storable(row.agentId) &&
        storable(row.targetAgentId) && storable(row.fallback) && storable(row.resolvedBy);
      decisions.set(row.id, row);
    }
    for (const { runNo, slot, blob } of handOver.seals) {
      text &&= storable(slot);
      flat.seals.push(runNo, slot, blob);
    }
    for (const row of handOver.templates) {
      text &&= storable(row.name) && storable(row.agentId) && storable(row.description);
      pushTemplate(flat, row);
    }
    for (const { id, at } of handOver.agents) {
      text &&= storable(id);
      agents.set(id, Math.max(at, agents.get(id) ?? at));
    }
    if (!text) return refused("a text holds a NUL character or half a surrogate pair");
  }

  for (const { first, last, steady } of updates.values()) {
    const guards = steady ? flat.steadyGuards : flat.guards;
    const progress = progressOf(last);
    guards.push(first.runNo, RUN_CODE[first.expectStatus], first.expectSeq);
    guards.push(...(steady ? progress.slice(1, -1) : progress));
  }
  for (const timer of timers.values()) {
    if (timer.dueAt !== null) flat.timers.push(timer.runNo, timer.key, timer.dueAt);
    else if (!runs.get(timer.runNo)?.created) flat.untimers.push(timer.runNo, timer.key);
  }
  for (const row of contexts.values()) {
    const { runNo, agentId, originalIntent, data, agentNotes, createdAt, updatedAt } = row;
    flat.contexts.push(runNo, agentId, originalIntent, data, agentNotes, createdAt, updatedAt);
  }
  for (const row of decisions.values()) pushDecision(flat.decisions, row);
  for (const [id, at] of agents) flat.agents.push(id, at);
  return { ok: true, flat, nextEventId };
}

function refused(message: string): Flattened {
  return { ok: false, reason: "refused", message };
}

/** Whether SQLite gives the text back unchanged: the binding cuts at NUL and mends surrogates. */
function storable(text: string | null): boolean {
  return text === null || isStorable(text);
}

function touched(
  run: { status: RunStatus; lastSeq: number },
  progressAt: number,
  created: boolean,
): Touched {
  const { status, lastSeq } = run;
  const steps = { stepsOf: null, stepsFrom: 0, stepsTo: 0, slots: null };
  return { status, lastSeq, progressAt, created, ...steps };
}

function isSteady(update: RunUpdate): boolean {
  return update.sameMarks && update.status === update.expectStatus;
}

/** The values of the changing fields, in the order of both `guards` and `runs`. */
function progressOf(run: RunProgress): Value[] {
  return [
    RUN_CODE[run.status],
    run.lastSeq,
    run.outputSeq,
    run.error,
    run.startedAt,
    run.completedAt,
    run.updatedAt,
    run.activeMs,
    run.activeSince,
    run.marks,
  ];
}

function overwrite(values: Value[], at: number, by: Value[]): void {
  for (let i = 0; i < by.length; i++) values[at + i] = by[i]!;
}

/** Answers where the run's progress stands. */
function pushRun({ runs, long }: FlatBatch, run: RunRow): number {
  if (run.params.length > BLOB_LENGTH) long.runs.push(runs.length + 8);
  runs.push(
    run.runNo,
    run.id,
    run.templateName,
    run.templateVersion,
    run.agentId,
    run.parentRunNo,
    run.parentStepId,
    run.depth,
    run.params,
    run.idempotencyKey,
    run.forkedFrom,
    run.createdAt,
  );
  return runs.push(...progressOf(run)) - 10;
}

function pushStep(
  steps: Value[],
  step: StepRow,
  run: Touched | undefined,
  handOver: HandOver,
): void {
  const at = slotOf(steps, step, run, handOver);
  steps[at] = step.runNo;
  steps[at + 1] = step.stepId;
  steps[at + 2] = STEP_CODE[step.status];
  steps[at + 3] = step.attempt;
  steps[at + 4] = step.retries;
  steps[at + 5] = step.startedAt;
  steps[at + 6] = step.completedAt;
  steps[at + 7] = step.durationMs;
  steps[at + 8] = step.outputSeq;
  steps[at + 9] = step.error;
  steps[at + 10] = step.dueAt;
  steps[at + 11] = step.detail;
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
    run.stepsTo = end + STEP_WIDTH;
    return end;
  }
  if (run.slots === null) {
    run.slots = new Map();
    for (let at = run.stepsFrom; at < run.stepsTo; at += STEP_WIDTH) {
      if (steps[at] === step.runNo) run.slots.set(steps[at + 1] as string, at);
    }
  }
  const at = run.slots.get(step.stepId) ?? end;
  run.slots.set(step.stepId, at);
  return at;
}

function pushDecision(decisions: Value[], row: DecisionRow): void {
  decisions.push(
    row.id,
    row.runNo,
    row.stepId,
    row.agentId,
    row.targetAgentId,
    row.requestedSeq,
    row.options,
    row.timeoutAt,
    row.fallback,
    DECISION_CODE[row.status],
    row.resolvedSeq,
    row.resolvedBy,
    row.resolvedAt,
    row.createdAt,
  );
}

function pushTemplate({ templates, long }: FlatBatch, row: TemplateRow): void {
  const texts = [row.definition, row.inputSchema, row.outputSchema, row.triggers];
  texts.forEach((text, i) => {
    if (text !== null && text.length > BLOB_LENGTH) long.templates.push(templates.length + 3 + i);
  });
  templates.push(row.name, row.version, row.description, ...texts, row.agentId, row.createdAt);
}
