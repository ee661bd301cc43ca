// How a run is reported to the one who started or signalled it.

import { rfc3339 } from "../../core/clock.ts";
import type { ErrorObject } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { RunStatus } from "../../core/status.ts";
import { byRank, chooseSteps, LARGEST_ANSWER, type MeasuredStep } from "../answer-room.ts";
import { LARGEST_ERROR } from "../store/cut.ts";
import { goneSince } from "../store/retention-store.ts";
import type { DecisionBrief, RunReply, StepReport, WaitingSignal } from "../api.ts";
import { removedAt } from "../state/removed.ts";
import type { Plan } from "../definition/plan.ts";
import { isAbsent } from "../memory/absent.ts";
import type {
  DecisionRow,
  RunHead,
  RunTexts,
  RunView,
  StepView,
  Store,
  WantedTexts,
} from "../store/store.ts";
import { shownProgram } from "../calls/programs.ts";
import { inDefinitionOrder, type ToldStep } from "../state/step-order.ts";
import type { Marks } from "../state/marks.ts";
import {
  isHook,
  isUnderWay,
  outputSizeOf,
  type RunState,
  sinksOf,
  type StepDetail,
  type StepState,
} from "../state/state.ts";
import { isUnfinished } from "../state/unfinished.ts";

/** Decisions and signals that a report names; status and query have the rest. */
const MOST_WAITS = 100;

/** The report of a run from its actor's memory, taken at the end of a turn. */
export function liveReply(run: RunState, mostOutput: number): RunReply {
  const told: StepState[] = [];
  const choice = chooseSteps(
    measured(run, told),
    LARGEST_ANSWER,
    { waits: run.row.status === "suspended" },
  );
  const shown = told.filter(({ id }) => choice.shows(id)).sort((a, b) => a.order - b.order);
  const steps = Object.fromEntries(
    shown.map((step) => [step.id, liveStep(run, step, choice.mostOutput)]),
  );
  const { row } = run;
  // One more than are named tells that there are more.
  const waits = waitsOf(run.asking.newest(MOST_WAITS + 1), waitingSignals(run, MOST_WAITS + 1));
  const size = row.status === "completed" ? outputSizeOf(sinksOf(run)) : 0;
  const isCut = size > mostOutput;
  const output = row.status === "completed" && !isCut ? run.secrets.mask(run.output) : undefined;
  return {
    workflow_id: row.id,
    status: row.status,
    ...(output !== undefined && { output }),
    ...(isCut && { output_size: size }),
    ...outcomeOf(row.error, row.startedAt, row.completedAt),
    steps,
    ...haltOf(run.marks, row.status),
    ...waits.members,
    ...((choice.truncated || isCut || waits.truncated) && { truncated: true }),
  };
}

/** The steps that may be told, by rank, with their sizes; each is put into `told` when it is asked for. */
function* measured(run: RunState, told: StepState[]): Generator<MeasuredStep> {
  for (const step of stepsByRank(run)) {
    const { id, list, row: { status, error }, result: { outputSize } } = step;
    told.push(step);
    yield {
      id,
      status,
      isNested: list.owner !== null,
      outputSize,
      errorSize: error === null ? 0 : JSON.stringify(error).length,
    };
  }
}

/** As `byRank` has them. Of what is no top-level step only what has begun is told. */
function* stepsByRank(run: RunState): Generator<StepState> {
  yield* run.unfinished;
  for (const step of run.steps) {
    const { status } = step.row;
    if (!isUnfinished(status) && !(status === "pending" && isHook(step))) yield step;
  }
  for (const step of run.nested.values()) {
    const { status } = step.row;
    if (!isUnfinished(status) && status !== "pending") yield step;
  }
}

function liveStep(run: RunState, step: StepState, mostOutput: number): StepReport {
  const { id, row: { status, error, durationMs, detail }, result: { output, outputSize } } = step;
  const { childId = detail.endedChild } = detail;
  return {
    step_id: id,
    status,
    ...(output !== undefined && outputSize <= mostOutput && { output: run.secrets.mask(output) }),
    ...((outputSize > mostOutput || isAbsent(step)) && { output_size: outputSize }),
    ...(error && { error }),
    ...(durationMs !== null && { duration_ms: durationMs }),
    ...(childId !== undefined && { child_workflow_id: childId }),
    ...exhaustedAfter(detail),
  };
}

/** The signals that steps wait for, at most so many. */
export function waitingSignals(run: RunState, most = MOST_WAITS): WaitingSignal[] {
  return run.waits.first(most).map(({ id, row: { detail } }) => ({
    step_id: id,
    signal: run.secrets.mask(detail.signal!),
  }));
}

/** The same report from the run's rows. `mostOutput`: bytes of the run's output that are shown. */
export async function storedReply(
  store: Store,
  view: RunView,
  plan: Plan,
  mostOutput: number,
): Promise<RunReply> {
  const { run } = view;
  const waits = run.status === "suspended";
  const chosen = storedSteps(view, plan, { room: LARGEST_ANSWER, waits });
  const waiting = waitsOf(view.decisions, chosen.signals);
  const isCut = chosen.truncated || waiting.truncated || !view.allDecisions;
  const output = shownOutput(view, mostOutput);
  const texts = await readTexts(store, view, { ...chosen, wantsOutput: output.wanted });
  const steps: Record<string, StepReport> = {};
  for (const { id, row } of chosen.shown) {
    steps[id] = row
      ? storedStep(row, chosen.mostOutput, texts)
      : { step_id: id, status: "pending" };
  }
  return {
    workflow_id: run.id,
    status: run.status,
    ...output.member(texts),
    ...outcomeOf(run.error, run.startedAt, run.completedAt),
    steps,
    ...storedHalt(run),
    ...waiting.members,
    ...((isCut || output.isCut) && { truncated: true }),
  };
}

/** Whether the run's output is read, and the members that an answer has of it. */
export function shownOutput(view: RunView, most: number): {
  wanted: boolean;
  isCut: boolean;
  member(texts: RunTexts): Pick<RunReply, "output" | "output_size">;
} {
  const { output, outputSize, run } = view;
  const isCut = outputSize > most;
  return {
    wanted: output === null && outputSize > 0 && !isCut,
    isCut,
    member(texts) {
      if (isCut) return { output_size: outputSize };
      const text = output ?? texts.outputs[run.outputSeq ?? 0] ?? null;
      return text === null ? {} : { output: parseJson(text) };
    },
  };
}

/** Reads what of the view is shown and was too large to come with it. */
export async function readTexts(
  store: Store,
  { run }: RunView,
  chosen: {
    shown: readonly ToldStep[];
    mostOutput: number;
    wantsOutput: boolean;
    events?: number[];
  },
): Promise<RunTexts> {
  const wanted: WantedTexts = { outputs: [], payloads: chosen.events ?? [], errors: [] };
  if (chosen.wantsOutput) wanted.outputs.push(run.outputSeq!);
  for (const { row } of chosen.shown) {
    if (!row) continue;
    if (row.output === null && row.outputSize > 0 && row.outputSize <= chosen.mostOutput) {
      wanted.outputs.push(row.outputSeq!);
    }
    if (row.error === null && row.errorSize > 0) wanted.errors.push(row.stepId);
  }
  const isEmpty = Object.values(wanted).every(({ length }) => length === 0);
  if (isEmpty) return { outputs: {}, payloads: {}, errors: {} };
  return await store.runTexts(run.runNo, wanted);
}

/** The steps to show: those of the plan, and of the others what has begun. */
export function storedSteps(
  { run, steps, allSteps }: RunView,
  plan: Plan,
  { room, waits = false }: { room: number; waits?: boolean },
): { shown: ToldStep[]; mostOutput: number; truncated: boolean; signals: WaitingSignal[] } {
  // Those of a run whose steps were removed have not "not begun".
  if (removedAt(run) !== undefined) {
    return { shown: [], mostOutput: 0, truncated: false, signals: [] };
  }
  const told = inDefinitionOrder(steps, plan.steps).filter(({ id, row }) => {
    const step = plan.byId.get(id);
    // One without a row has not begun, unless the row was not looked at.
    return step ? row || (allSteps && step.index < plan.topLevel) : row!.status !== "pending";
  });
  const sizes = told.map(({ id, row }) => ({
    id,
    status: row?.status ?? "pending",
    isNested: !plan.byId.has(id),
    outputSize: row?.outputSize ?? 0,
    errorSize: Math.min(row?.errorSize ?? 0, LARGEST_ERROR),
  }));
  const choice = chooseSteps(byRank(sizes), room, { waits });
  const { mostOutput } = choice;
  const signals = storedSignals(told);
  return {
    shown: told.filter(({ id }) => choice.shows(id)),
    mostOutput,
    truncated: choice.truncated || !allSteps,
    signals,
  };
}

/** A step's row as a report shows it; an output that is left out is measured. */
export function storedStep(row: StepView, mostOutput: number, texts: RunTexts): StepReport {
  const { durationMs, outputSize } = row;
  const detail = detailOf(row);
  const { childId = detail.endedChild } = detail;
  const isShown = outputSize <= mostOutput;
  const output = isShown ? row.output ?? texts.outputs[row.outputSeq ?? 0] ?? null : null;
  // An id may be the name of something that every object has.
  const read = Object.hasOwn(texts.errors, row.stepId) ? texts.errors[row.stepId]! : null;
  const error = row.error ?? read;
  return {
    step_id: row.stepId,
    status: row.status,
    ...(output !== null && { output: parseJson(output) }),
    ...(!isShown && { output_size: outputSize }),
    ...(error !== null && { error: parseJson(error) as ErrorObject }),
    ...(durationMs !== null && { duration_ms: durationMs }),
    ...(childId !== undefined && { child_workflow_id: childId }),
    ...exhaustedAfter(detail),
  };
}

function exhaustedAfter({ exhausted, next }: StepDetail): Pick<StepReport, "exhausted_after"> {
  return exhausted && next !== undefined ? { exhausted_after: next } : {};
}

/** The signals that steps wait for. */
function storedSignals(steps: readonly ToldStep[]): WaitingSignal[] {
  return steps.flatMap(({ row }) => {
    const { signal } = row && isUnderWay({ row }) ? detailOf(row) : {};
    return signal === undefined ? [] : [{ step_id: row!.stepId, signal }];
  });
}

function detailOf({ detail }: StepView): StepDetail {
  return detail === null ? {} : parseJson(detail) as StepDetail;
}

/** What the run waits for, as briefly as it can be answered; the decisions are newest first. */
export function waitsOf(
  decisions: readonly DecisionRow[],
  signals: readonly WaitingSignal[],
): { members: Pick<RunReply, "pending_decisions" | "waiting_signals">; truncated: boolean } {
  return {
    members: {
      ...(decisions.length > 0 && { pending_decisions: decisions.slice(0, MOST_WAITS).map(brief) }),
      ...(signals.length > 0 && { waiting_signals: signals.slice(0, MOST_WAITS) }),
    },
    truncated: Math.max(decisions.length, signals.length) > MOST_WAITS,
  };
}

function brief({ id, stepId, options, targetAgentId, timeoutAt }: DecisionRow): DecisionBrief {
  return {
    decision_id: id,
    step_id: stepId,
    options: (parseJson(options) as { id: string }[]).map(({ id }) => id),
    ...(targetAgentId !== null && { target_agent_id: targetAgentId }),
    ...(timeoutAt !== null && { timeout_at: rfc3339(timeoutAt) }),
  };
}

/** What keeps a run halted until somebody acts, or until its time comes. */
function haltOf(
  marks: Marks,
  status: RunStatus,
): Pick<
  RunReply,
  "interrupted" | "programs" | "timed_out" | "poisoned" | "start_at" | "waits_for" | "removed_at"
> {
  const { interrupted, programs, timed_out, poisoned } = marks;
  const gone = goneSince(marks);
  return {
    ...putOffBy(marks),
    ...(gone !== undefined && { removed_at: rfc3339(gone) }),
    ...(poisoned && status === "suspended" && { poisoned }),
    ...(interrupted && { interrupted }),
    ...(interrupted && programs && { programs: programs.map(shownProgram) }),
    ...(timed_out && status === "suspended" && { timed_out: true as const }),
  };
}

/** What keeps a run from beginning. */
export function putOffBy({ start_at, waits }: Marks): Pick<RunReply, "start_at" | "waits_for"> {
  return {
    ...(start_at !== undefined && { start_at: rfc3339(start_at) }),
    ...(waits && { waits_for: waits.for }),
  };
}

export function storedHalt({ marks, status }: RunHead): ReturnType<typeof haltOf> {
  return marks === null ? {} : haltOf(parseJson(marks) as Marks, status);
}

function outcomeOf(
  error: string | null,
  startedAt: number | null,
  completedAt: number | null,
): Pick<RunReply, "error" | "started_at" | "completed_at"> {
  return {
    ...(error !== null && { error: parseJson(error) as ErrorObject }),
    ...(startedAt !== null && { started_at: rfc3339(startedAt) }),
    ...(completedAt !== null && { completed_at: rfc3339(completedAt) }),
  };
}
