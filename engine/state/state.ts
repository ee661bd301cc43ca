// What an actor knows of its run: the plan, and how far each step has come.

import type { ErrorObject, OpcodeError } from "../../core/errors.ts";
import type { Answer } from "../../core/expression.ts";
import type { Party } from "../../core/fair-queue.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isTerminal, type StepStatus } from "../../core/status.ts";
import type { LoopView, Scope } from "../interpolate/scope.ts";
import type { Limits } from "../../embed/cel/budget.ts";
import type { Plan, PlanList, PlanStep } from "../definition/plan.ts";
import type { ContextRow, DecisionRow, RunRow, StepRow } from "../store/store.ts";
import type { RunSecrets } from "../secrecy/run-secrets.ts";
import type { Sealed } from "../secrecy/sealed.ts";
import type { Share } from "../memory/share.ts";
import type { AttemptInFlight } from "./in-flight.ts";
import type { KeptSignal } from "./kept-signal.ts";
import type { Marks } from "./marks.ts";
import type { Asking } from "./asking.ts";
import type { InOrder } from "./in-order.ts";
import type { OutputCheck } from "./outcome.ts";
import type { Residence } from "./residence.ts";
import type { SignalWaits } from "./signal-waits.ts";
import type { Slot } from "../calls/slots.ts";

/** Why a step keeps its run from being idle; `""` when it does not. */
export type Busy = "" | "queued" | "flying" | "timer" | "child";

/**
 * What a restart must know of a step beyond its columns; stored as JSON. What only one type of step
 * knows of itself is declared in that type's file.
 */
export interface StepDetail {
  /** Why it was skipped. */
  reason?: string;
  childId?: string;
  childNo?: number;
  /** The child that it started last, once that has ended. */
  endedChild?: string;
  /** It failed by `workflow.fail`, a deadline or `fail_workflow`: no handler around it applies. */
  forced?: boolean;
  /** A signal revived it: it runs although the run has another failure. */
  revived?: boolean;
  /** The delay its backoff or wait was set to, in ms. */
  delayMs?: number;
  /** So many iterations as it may have were not enough, whether it failed by that or not. */
  exhausted?: boolean;
  /** Sequence number of the event whose payload's `items` a for_each runs over. */
  itemsSeq?: number;
  /** Lists that have not ended though all in them may be settled: closed before, or reopened. */
  unended?: number[];
  /** The branch of a race that failed first. */
  firstFailed?: number;
  /** The signal that a wait step waits for. */
  signal?: string;
  /** Running (not suspended) time of a flow step's attempt before its current stretch, in ms. */
  usedMs?: number;
  /** When that stretch began, epoch ms. */
  runningSince?: number;
}

/** Those of the detail's members that there are. */
export function pick(detail: StepDetail, members: readonly (keyof StepDetail)[]): StepDetail {
  const picked = members.flatMap((name) =>
    detail[name] === undefined ? [] : [[name, detail[name]] as const]
  );
  return Object.fromEntries(picked);
}

/** What is stored of a step, as it is in memory: what its row has as JSON text is an object here. */
export interface StepProgress extends Omit<StepRow, "runNo" | "stepId" | "error" | "detail"> {
  error: ErrorObject | null;
  detail: StepDetail;
}

/** What a step has come to; its stored form is an event. */
export interface StepResult {
  /** Masked while `sealed` is set; see unsealed.ts for the value itself. */
  output: Json | undefined;
  /** The output of before the run was loaded, if it holds secrets. */
  sealed: Sealed | null;
  /** Bytes (UTF-16 units) of the output's JSON text. */
  outputSize: number;
  /** Bytes of heap that it is counted with, also when it has left memory. */
  outputHeld: number;
  /** Whether the stored output is masked: then it cannot be read again. */
  hides: boolean;
}

/** What there is inside a step that holds others. */
export interface StepInside {
  /** Of a flow step that has begun: its branches or iterations, by index. */
  lists: StepList[] | null;
  /** How many of these lists are open. */
  openLists: number;
  /** Steps inside it, at any depth, that are busy. */
  moving: number;
  /** What a for_each runs over. */
  items: readonly Json[] | null;
  /** The list itself, if `items` is masked because it holds secrets. */
  sealedItems: Sealed<Json[]> | null;
}

/** Texts of outputs, or why there are none. */
export type Fetched =
  | { ok: true; texts: ReadonlyMap<StepState, string> }
  | { ok: false; error: OpcodeError };

/** Outputs that somebody is about to read; see memory/absent.ts. */
export interface OutputPins {
  fetch(steps: readonly StepState[], arrived: (fetched: Fetched) => void): void;
  fill(texts: ReadonlyMap<StepState, string>): void;
  release(): void;
}

/** What of a step is of this process alone: what it does right now. */
export interface StepLive {
  /** `startedAt` by the monotonic clock, if it began in this process. */
  startedFrom: number | null;
  /** `detail.runningSince` by the monotonic clock, if it was set in this process. */
  runningFrom: number | null;
  busy: Busy;
  attemptInFlight: AttemptInFlight | null;
  slot: Slot | null;
  /** What another thread evaluates for it; null once that does not matter any more. */
  parked: object | null;
  /** Outputs that stay in memory until the step has read them. */
  pins: OutputPins | null;
  /** What came back, by source; for what the step is about to do alone. */
  answers: Map<string, Answer> | null;
}

/** A step of a run: what it is in the plan, and how far it has come. */
export interface StepState {
  readonly plan: PlanStep;
  /** Full id: of a sub-step `parent.<ns>.<id>`. */
  readonly id: string;
  /** Its position among all steps of the run: the top-level ones, then the others as they came. */
  readonly order: number;
  readonly list: StepList;
  row: StepProgress;
  result: StepResult;
  inside: StepInside;
  live: StepLive;
  /** Bytes of heap that its output and items are counted with. */
  held: number;
  /** How many are about to read its output. */
  pinned: number;
  /** The signal of before the run was loaded, if `detail.signal` is masked. */
  sealedSignal: Sealed<{ signal: string }> | null;
  /** The question that a reasoning step asks. */
  decision: DecisionRow | null;
  /** Whether what depends on it may go on. */
  settled: boolean;
  /** Failed steps that wait for this one, their fallback. */
  waiters: StepState[] | null;
  /** Of those that may call it, as its plan has them, the one that was found open last. */
  openCaller: number;
  /** Number of the turn that last changed it, so that a turn writes it once. */
  changedIn: number;
}

/** Steps that stand together in a run: its graph, its hooks, or one branch or iteration. */
export interface StepList {
  readonly plan: PlanList;
  /** The flow step around it; null for the graph and the hooks. */
  readonly owner: StepState | null;
  /** Position among its owner's lists. */
  readonly index: number;
  /** The variables of the innermost loop around it. */
  readonly loop: LoopView | undefined;
  readonly steps: StepState[];
  /** Position of the step whose turn it is. */
  cursor: number;
  /** How many of its steps are not settled. */
  unsettled: number;
  /** `closed`: given up with its owner. */
  state: "open" | "done" | "failed" | "closed";
  /** What it failed with. */
  error: ErrorObject | null;
  /** The step whose output is its value. */
  last: StepState | null;
}

export interface RunState {
  readonly row: RunRow;
  /** `activeSince` by the monotonic clock, if it became active in this process. */
  activeFrom: number | null;
  readonly plan: Plan;
  /** Effective inputs; default values may still hold tokens. Masked while `sealedParams` is set. */
  inputs: JsonObject;
  /** Inputs with a default whose value the caller gave: no token in them is resolved. */
  given: ReadonlySet<string>;
  /** The params themselves, if the stored ones are masked because they hold secrets. */
  sealedParams: Sealed<JsonObject> | null;
  readonly secrets: RunSecrets;
  /** Whether there are outputs that are not in memory. */
  lacks: boolean;
  residence: Residence;
  /** Steps with outputs that can leave it once they are stored. */
  readonly mayLeave: Set<StepState>;
  /** Sequence number up to which all is stored. */
  storedSeq: number;
  /** The outputs that its own is made of, and whether they have yet to come. */
  pins: OutputPins | null;
  awaited: object | null;
  /** What the run holds of the heap. */
  readonly share: Share;
  /** Steps begun in its life, each attempt counted. */
  executed: number;
  /** Top-level steps, then hooks, as in the plan. */
  readonly steps: StepState[];
  readonly graph: StepList;
  /** Sub-steps of flow steps that have begun, by full id. */
  readonly nested: Map<string, StepState>;
  /** The open questions of its steps. */
  readonly asking: Asking<StepState>;
  /** Steps that wait for a signal. */
  readonly waits: SignalWaits<StepState>;
  /** Steps that are open or have failed, as of the last turn. */
  readonly unfinished: InOrder<StepState>;
  /** Attempts so far of sub-steps that were reset and not reached again since the run was loaded. */
  readonly formerAttempts: Map<string, number>;
  /** Unsettled dependencies of each step. */
  readonly openDependencies: Int32Array;
  /** Steps to start, from `readyHead` on. */
  ready: StepState[];
  readyHead: number;
  /** Flow steps around which something began or ceased to move. */
  readonly stirred: Set<StepState>;
  /** How many steps are busy, by kind. */
  readonly busy: Record<Exclude<Busy, "">, number>;
  /** Steps that have ended, at any depth. */
  ended: number;
  /** Aborted attempts that may still report a late result. */
  lingering: number;
  failure: ErrorObject | null;
  /** Steps whose detail says that a signal revived them. */
  readonly revived: Set<StepState>;
  marks: Marks;
  /** Data signals for waits that have not begun, the oldest first. */
  readonly kept: KeptSignal[];
  /** The output of a completed run. */
  output: Json | undefined;
  /** Whether the output of all the steps will do, once that has been asked. */
  outputCheck: OutputCheck | null;
  context: ContextRow | null;
  /** What a step's params may take, as far as the run's budget tells. */
  room: Scope["room"];
  /** What an expression may spend in a turn, when it is not the usual. */
  limits: Limits | undefined;
  /** Accumulated context data, parsed. Masked while `sealedContext` is set. */
  contextData: JsonObject;
  /** Whether somebody else may hold `contextData`: then a change makes another one. */
  contextShared: boolean;
  /** Characters of each member of it as JSON, and of all; null before the first change. */
  contextSizes: Map<string, number> | null;
  contextSize: number;
  sealedContext: Sealed<JsonObject> | null;
}

/** On whose behalf the run asks for what all share; a child has the agent of its root. */
export function partyOf({ row }: RunState): Party {
  return { agent: row.agentId, run: row.id };
}

/** Whether nothing of the run may start: it waits for answers after an interruption or timeout. */
export function isHalted(run: RunState): boolean {
  return run.marks.poisoned !== undefined || run.marks.timed_out === true ||
    (run.marks.interrupted?.length ?? 0) > 0;
}

/** Whether nothing happens in the run until somebody or a timer asks for it. */
export function isAtRest(run: RunState): boolean {
  const { status } = run.row;
  return isTerminal(status) || status === "suspended" || isDelayed(run);
}

/** Whether it exists and waits: for the time at which it is to begin, or for room under its limits. */
export function isDelayed({ row: { status }, marks }: RunState): boolean {
  return status === "pending" && (marks.start_at !== undefined || marks.waits !== undefined);
}

/** Whether anything of the run goes on by itself. */
export function isMoving(run: RunState): boolean {
  return !isHalted(run) && (isBusy(run) || isBeingChecked(run));
}

/** All steps are done, and whether their output will do is not known yet. */
function isBeingChecked({ outputCheck, failure, graph, marks }: RunState): boolean {
  return outputCheck?.outcome === null && !failure && !marks.outcome && graph.unsettled === 0;
}

/** Whether it has steps in line or on their way, or waits for what its output is made of. */
export function isBusy({ busy, awaited }: RunState): boolean {
  return awaited !== null || busy.queued + busy.flying + busy.timer + busy.child > 0;
}

/** Changes why a step keeps its run busy. */
export function setBusy(run: RunState, step: StepState, busy: Busy): void {
  const before = step.live.busy;
  if (before === busy) return;
  step.live.parked = null;
  if (before !== "") run.busy[before]--;
  step.live.busy = busy;
  if (busy !== "") run.busy[busy]++;
  if (step.list.owner === null || (before === "") === (busy === "")) return;
  const change = busy === "" ? -1 : 1;
  for (let outer: StepState | null = step.list.owner; outer; outer = outer.list.owner) {
    outer.inside.moving += change;
    if (outer.inside.moving === 0 || outer.inside.moving === change) run.stirred.add(outer);
  }
}

/** A step at any depth by its full id. */
export function findStep(run: RunState, id: string): StepState | undefined {
  const plan = run.plan.byId.get(id);
  return plan ? run.steps[plan.index] : run.nested.get(id);
}

/** The top-level step or hook that the step is, or is inside of. */
export function rootOf(step: StepState): StepState {
  let root = step;
  while (root.list.owner) root = root.list.owner;
  return root;
}

/** Every step that there is a state of: top-level steps, hooks, and what has begun inside them. */
export function* everyStep(run: RunState): Generator<StepState> {
  yield* run.steps;
  if (run.nested.size > 0) yield* run.nested.values();
}

export function isHook(step: StepState): boolean {
  return step.plan.role === "on_complete" || step.plan.role === "on_error";
}

/** The step that this one falls back to. */
export function fallbackOf(step: StepState): StepState | null {
  const { fallback } = step.plan;
  if (!fallback) return null;
  let { list } = step;
  for (let n = fallback.outwards; n > 0; n--) list = list.owner!.list;
  return list.steps[fallback.index]!;
}

/** The steps that the run's output is made of: its last ones, or what stood in for those. */
export function sinksOf({ plan, steps }: RunState): StepState[] {
  const sinks = plan.sinks.map((index) => standInOf(steps[index]!) ?? steps[index]!);
  return [...new Set(sinks)];
}

/** Characters of the outputs of these steps as JSON. */
export function outputSizeOf(steps: readonly StepState[]): number {
  return steps.reduce((sum, { result: { outputSize } }) => sum + outputSize, 0);
}

/** The fallback of the step, unless it has failed so that none applies. */
export function applyingFallback(step: StepState): StepState | null {
  return step.row.detail.forced ? null : fallbackOf(step);
}

/** The step itself or, if it failed, the first behind it in its fallbacks that has not. */
export function standInOf(step: StepState): StepState | null {
  let at: StepState | null = step;
  while (at?.row.status === "failed") at = applyingFallback(at);
  return at;
}

/** Whether a failed step waits for this one, its fallback. */
export function isCalled({ waiters }: StepState): boolean {
  return waiters !== null && waiters.length > 0;
}

/** Whether the step has begun, and is neither over nor between two attempts. */
export function isUnderWay({ row: { status } }: { row: { status: StepStatus } }): boolean {
  return status === "running" || status === "suspended";
}

/**
 * Whether the step failed and no fallback of it did or may still take over. `known`: answers so
 * far, for whoever asks of many steps, which may all fall back to each other.
 */
export function isUnhandled(step: StepState, known?: Map<StepState, boolean>): boolean {
  const passed: StepState[] = [];
  let answer: boolean | undefined;
  for (let at: StepState | null = step; at; at = applyingFallback(at)) {
    answer = at.row.status !== "failed" || isHook(at) ? false : known?.get(at);
    if (answer !== undefined) break;
    passed.push(at);
  }
  answer ??= true;
  if (known) { for (const each of passed) known.set(each, answer); }
  return answer;
}

/** Those of the steps that failed unhandled. */
export function unhandledOf(steps: readonly StepState[]): StepState[] {
  const known = new Map<StepState, boolean>();
  return steps.filter((step) => isUnhandled(step, known));
}
