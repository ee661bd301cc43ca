// What a run, a list of steps and a step are before anything of them has begun.

import type { JsonObject } from "../../core/json.ts";
import type { Plan, PlanList, PlanStep } from "../definition/plan.ts";
import type { LoopView } from "../interpolate/scope.ts";
import type { RunRow } from "../store/store.ts";
import type { RunSecrets } from "../secrecy/run-secrets.ts";
import { weigh } from "../../core/weigh.ts";
import { Share } from "../memory/share.ts";
import { Asking } from "./asking.ts";
import { InOrder } from "./in-order.ts";
import { USUAL_RESIDENCE } from "./residence.ts";
import { SignalWaits } from "./signal-waits.ts";
import {
  type RunState,
  setBusy,
  type StepInside,
  type StepList,
  type StepLive,
  type StepProgress,
  type StepResult,
  type StepState,
} from "./state.ts";

/** Nothing has begun. */
function notBegun(): StepProgress {
  return {
    status: "pending",
    attempt: 0,
    retries: 0,
    startedAt: null,
    completedAt: null,
    durationMs: null,
    outputSeq: null,
    error: null,
    dueAt: null,
    detail: {},
  };
}

function noResult(): StepResult {
  return { output: undefined, sealed: null, outputSize: 0, outputHeld: 0, hides: false };
}

function nothingInside(): StepInside {
  return { lists: null, openLists: 0, moving: 0, items: null, sealedItems: null };
}

/** What there is inside an action. */
const NOTHING: StepInside = Object.freeze(nothingInside());

function atRest(): StepLive {
  return {
    startedFrom: null,
    runningFrom: null,
    busy: "",
    attemptInFlight: null,
    slot: null,
    parked: null,
    pins: null,
    answers: null,
  };
}

export function newStep(
  plan: PlanStep,
  { list, id, order }: Pick<StepState, "list" | "id" | "order">,
): StepState {
  return {
    plan,
    id,
    order,
    list,
    row: notBegun(),
    result: noResult(),
    inside: plan.type ? nothingInside() : NOTHING,
    live: atRest(),
    held: 0,
    pinned: 0,
    sealedSignal: null,
    decision: null,
    settled: false,
    waiters: null,
    openCaller: 0,
    changedIn: 0,
  };
}

/** Back to pending as if it had never run, but for its attempts. */
export function blank(run: RunState, step: StepState): void {
  putBack(run, step);
  step.inside = step.plan.type ? nothingInside() : NOTHING;
  run.share.drop(step.held);
  step.held = 0;
}

/** Back to pending, but for its attempts and with what there is inside it. */
export function putBack(run: RunState, step: StepState): void {
  setBusy(run, step, "");
  if (step.row.completedAt !== null) run.ended--;
  run.waits.delete(step);
  step.row = { ...notBegun(), attempt: step.row.attempt };
  step.result = noResult();
  step.live = atRest();
  step.pinned = 0;
  step.sealedSignal = null;
  step.decision = null;
  step.settled = false;
}

/** A list with nothing in it yet. */
export function newList(
  plan: PlanList,
  place: { owner: StepState | null; index: number; loop: LoopView | undefined },
): StepList {
  return {
    plan,
    owner: place.owner,
    index: place.index,
    loop: place.loop,
    steps: [],
    cursor: 0,
    unsettled: 0,
    state: "open",
    error: null,
    last: null,
  };
}

/** Heap that a run takes without its steps and values, and that a step takes. */
const RUN_BYTES = 7_168;
const STEP_BYTES = 1_024;

/** Heap that a step inside another is counted with. */
export function stepBytes(id: string): number {
  return STEP_BYTES + id.length;
}

/** The steps at the top, with the hooks behind them. */
function graphOf(plan: Plan): StepList {
  const graph = newList(plan, { owner: null, index: 0, loop: undefined });
  graph.unsettled = plan.topLevel;
  for (const step of plan.steps) {
    graph.steps.push(newStep(step, { list: graph, id: step.id, order: step.index }));
  }
  return graph;
}

/** A run as it is before its first turn. */
export function newRun(
  options: {
    row: RunRow;
    plan: Plan;
    inputs: Pick<EffectiveInputs, "inputs" | "given">;
    secrets: RunSecrets;
  },
): RunState {
  const { row, plan, secrets } = options;
  const { inputs, given } = options.inputs;
  const graph = graphOf(plan);
  const share = new Share();
  share.hold(RUN_BYTES + STEP_BYTES * plan.steps.length + row.params.length + weigh(inputs));
  return {
    row,
    activeFrom: null,
    plan,
    inputs,
    given,
    secrets,
    share,
    executed: 0,
    lacks: false,
    residence: USUAL_RESIDENCE,
    mayLeave: new Set(),
    storedSeq: row.lastSeq,
    awaited: null,
    pins: null,
    sealedParams: null,
    steps: graph.steps,
    graph,
    nested: new Map(),
    asking: new Asking(),
    waits: new SignalWaits(),
    unfinished: new InOrder(({ order }) => order),
    formerAttempts: new Map(),
    openDependencies: Int32Array.from(plan.steps, ({ dependencies }) => dependencies.length),
    ready: [],
    readyHead: 0,
    stirred: new Set(),
    busy: { queued: 0, flying: 0, timer: 0, child: 0 },
    ended: 0,
    lingering: 0,
    failure: null,
    revived: new Set(),
    kept: [],
    marks: {},
    output: undefined,
    outputCheck: null,
    context: null,
    limits: undefined,
    room: undefined,
    contextData: {},
    contextShared: true,
    contextSizes: null,
    contextSize: 2,
    sealedContext: null,
  };
}

export interface EffectiveInputs {
  /** Definition defaults, then params (right wins), then schema defaults. */
  inputs: JsonObject;
  /**
   * The inputs with a default that the params give: they are data, whatever their text, also where
   * it is that of the default.
   */
  given: ReadonlySet<string>;
}

export function effectiveInputs(plan: Plan, params: JsonObject): EffectiveInputs {
  return { inputs: plan.fillInputs({ ...plan.inputs, ...params }), given: givenOf(plan, params) };
}

const NONE: ReadonlySet<string> = new Set();

function givenOf({ compiledInputs }: Plan, params: JsonObject): ReadonlySet<string> {
  if (compiledInputs.size === 0) return NONE;
  const given = Object.keys(params).filter((name) => compiledInputs.has(name));
  return given.length === 0 ? NONE : new Set(given);
}
