// How a run is reported to the one who started or signalled it.

import { rfc3339 } from "../../core/clock.ts";
import type { ErrorObject } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { RunStatus } from "../../core/status.ts";
import { chooseSteps, LARGEST_ANSWER } from "../answer-room.ts";
import type { DecisionBrief, RunReply, StepReport, WaitingSignal } from "../api.ts";
import type { Plan } from "../definition/plan.ts";
import type { DecisionRow, RunRecord, RunRow, StoredStep } from "../store/store.ts";
import { inDefinitionOrder, type ToldStep } from "./step-order.ts";
import {
  everyStep,
  isHook,
  isUnderWay,
  type Marks,
  type RunState,
  type StepDetail,
} from "./state.ts";

/** Decisions and signals that a report names; status and query have the rest. */
const MOST_WAITS = 100;

/** The report of a run from its actor's memory, taken at the end of a turn. */
export function liveReply(run: RunState): RunReply {
  // Of what is no top-level step only what has begun is told.
  const told = [...everyStep(run)].filter((step) =>
    step.status !== "pending" || !(step.list.owner || isHook(step))
  );
  const choice = chooseSteps(
    told.map(({ id, status, list, outputSize, error }) => ({
      id,
      status,
      isNested: list.owner !== null,
      outputSize,
      errorSize: error === null ? 0 : JSON.stringify(error).length,
    })),
    LARGEST_ANSWER,
  );
  const steps: Record<string, StepReport> = {};
  const decisions: DecisionRow[] = [];
  const signals: WaitingSignal[] = [];
  for (const step of told) {
    if (step.decision) decisions.push(step.decision);
    const { signal, childId } = step.detail;
    if (signal !== undefined && isUnderWay(step)) {
      signals.push({ step_id: step.id, signal: run.secrets.mask(signal) });
    }
    if (!choice.shows(step.id)) continue;
    steps[step.id] = {
      step_id: step.id,
      status: step.status,
      ...(step.output !== undefined && step.outputSize <= choice.mostOutput && {
        output: run.secrets.mask(step.output),
      }),
      ...(step.error && { error: step.error }),
      ...(step.durationMs !== null && { duration_ms: step.durationMs }),
      ...(childId !== undefined && { child_workflow_id: childId }),
    };
  }
  decisions.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  const { row } = run;
  const output = row.status === "completed" ? run.secrets.mask(run.output) : undefined;
  return {
    workflow_id: row.id,
    status: row.status,
    ...(output !== undefined && { output }),
    ...outcomeOf(row.error, row.startedAt, row.completedAt),
    steps,
    ...haltOf(run.marks, row.status),
    ...waitsOf(decisions, signals),
    ...(choice.truncated && { truncated: true }),
  };
}

/** The same report from the run's rows. */
export function storedReply(record: RunRecord, plan: Plan): RunReply {
  const { run } = record;
  const { shown, mostOutput, truncated, signals } = storedSteps(record, plan, LARGEST_ANSWER);
  const steps: Record<string, StepReport> = {};
  for (const { id, row } of shown) {
    steps[id] = row ? storedStep(row, mostOutput) : { step_id: id, status: "pending" };
  }
  return {
    workflow_id: run.id,
    status: run.status,
    ...(record.output !== null && { output: JSON.parse(record.output) as Json }),
    ...outcomeOf(run.error, run.startedAt, run.completedAt),
    steps,
    ...storedHalt(run),
    ...waitsOf(record.decisions, signals),
    ...(truncated && { truncated: true }),
  };
}

/** The steps to show: those of the plan, and of the others what has begun. */
export function storedSteps(
  { steps }: RunRecord,
  plan: Plan,
  room: number,
): { shown: ToldStep[]; mostOutput: number; truncated: boolean; signals: WaitingSignal[] } {
  const told = inDefinitionOrder(steps, plan.steps).filter(({ id, row }) => {
    const step = plan.byId.get(id);
    return step ? row || step.index < plan.topLevel : row!.status !== "pending";
  });
  const choice = chooseSteps(
    told.map(({ id, row }) => ({
      id,
      status: row?.status ?? "pending",
      isNested: !plan.byId.has(id),
      outputSize: row?.output?.length ?? 0,
      errorSize: row?.error?.length ?? 0,
    })),
    room,
  );
  const { mostOutput, truncated } = choice;
  const signals = storedSignals(told);
  return { shown: told.filter(({ id }) => choice.shows(id)), mostOutput, truncated, signals };
}

/** A step's row as a report shows it. */
export function storedStep(row: StoredStep, mostOutput: number): StepReport {
  const { output, error, durationMs } = row;
  const { childId } = detailOf(row);
  return {
    step_id: row.stepId,
    status: row.status,
    ...(output !== null && output.length <= mostOutput && { output: JSON.parse(output) as Json }),
    ...(error !== null && { error: JSON.parse(error) as ErrorObject }),
    ...(durationMs !== null && { duration_ms: durationMs }),
    ...(childId !== undefined && { child_workflow_id: childId }),
  };
}

/** The signals that steps wait for. */
function storedSignals(steps: readonly ToldStep[]): WaitingSignal[] {
  return steps.flatMap(({ row }) => {
    const { signal } = row && isUnderWay(row) ? detailOf(row) : {};
    return signal === undefined ? [] : [{ step_id: row!.stepId, signal }];
  });
}

function detailOf({ detail }: StoredStep): StepDetail {
  return detail === null ? {} : JSON.parse(detail) as StepDetail;
}

/** What the run waits for, as briefly as it can be answered; the decisions are newest first. */
export function waitsOf(
  decisions: readonly DecisionRow[],
  signals: readonly WaitingSignal[],
): Pick<RunReply, "pending_decisions" | "waiting_signals"> {
  return {
    ...(decisions.length > 0 && { pending_decisions: decisions.slice(0, MOST_WAITS).map(brief) }),
    ...(signals.length > 0 && { waiting_signals: signals.slice(0, MOST_WAITS) }),
  };
}

function brief({ stepId, options, targetAgentId, timeoutAt }: DecisionRow): DecisionBrief {
  return {
    step_id: stepId,
    options: (JSON.parse(options) as { id: string }[]).map(({ id }) => id),
    ...(targetAgentId !== null && { target_agent_id: targetAgentId }),
    ...(timeoutAt !== null && { timeout_at: rfc3339(timeoutAt) }),
  };
}

/** What keeps a run halted until somebody acts. */
function haltOf(
  { interrupted, timed_out }: Marks,
  status: RunStatus,
): Pick<RunReply, "interrupted" | "timed_out"> {
  return {
    ...(interrupted && { interrupted }),
    ...(timed_out && status === "suspended" && { timed_out: true as const }),
  };
}

export function storedHalt({ marks, status }: RunRow): ReturnType<typeof haltOf> {
  return marks === null ? {} : haltOf(JSON.parse(marks) as Marks, status);
}

function outcomeOf(
  error: string | null,
  startedAt: number | null,
  completedAt: number | null,
): Pick<RunReply, "error" | "started_at" | "completed_at"> {
  return {
    ...(error !== null && { error: JSON.parse(error) as ErrorObject }),
    ...(startedAt !== null && { started_at: rfc3339(startedAt) }),
    ...(completedAt !== null && { completed_at: rfc3339(completedAt) }),
  };
}
