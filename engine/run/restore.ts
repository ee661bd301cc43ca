// How a run's state is rebuilt from its rows, and what of it goes on after a restart.

import type { ErrorObject } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Plan } from "../definition/plan.ts";
import type { RunRecord, StoredStep } from "../store/store.ts";
import { isUncertain } from "./interrupt.ts";
import { pauseClock } from "./lifecycle.ts";
import { requeue, standingFailure } from "./resume.ts";
import {
  effectiveInputs,
  isHalted,
  type Marks,
  newRun,
  type RunState,
  type StepState,
} from "./state.ts";
import type { Turn } from "./turn.ts";

/** The state that the run's rows describe; nothing in it is busy yet. */
export function restoreRun(record: RunRecord, plan: Plan): RunState {
  const params = JSON.parse(record.run.params) as JsonObject;
  const run = newRun({ ...record.run }, plan, effectiveInputs(plan, params).inputs);
  for (const row of record.steps) restoreStep(run, row);
  for (const step of run.steps) if (step.detail.revived) run.revived.add(step);
  if (record.run.marks !== null) run.marks = JSON.parse(record.run.marks) as Marks;
  if (record.output !== null) run.output = JSON.parse(record.output) as Json;
  run.context = record.context;
  if (record.context?.data) run.contextData = JSON.parse(record.context.data) as JsonObject;
  for (const step of run.steps.slice(0, plan.topLevel)) {
    if (!isSettled(run, step)) continue;
    step.settled = true;
    run.unsettled--;
    for (const index of step.plan.dependents) run.openDependencies[index]!--;
  }
  return run;
}

function restoreStep(run: RunState, row: StoredStep): void {
  const plan = run.plan.byId.get(row.stepId);
  if (!plan) return;
  Object.assign(run.steps[plan.index]!, {
    status: row.status,
    attempt: row.attempt,
    retries: row.retries,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    durationMs: row.durationMs,
    outputSeq: row.outputSeq,
    output: row.output === null ? undefined : JSON.parse(row.output) as Json,
    outputSize: row.output?.length ?? 0,
    error: row.error === null ? null : JSON.parse(row.error) as ErrorObject,
    dueAt: row.dueAt,
    detail: row.detail === null ? {} : JSON.parse(row.detail),
  });
}

function isSettled(run: RunState, step: StepState): boolean {
  if (step.status === "completed" || step.status === "skipped") return true;
  const { fallback } = step.plan;
  if (step.status !== "failed" || step.detail.forced || fallback === null) return false;
  return isSettled(run, run.steps[fallback]!);
}

/**
 * Lets a loaded run that was active go on, unless one of its steps may have had an effect that
 * nobody recorded: then it pauses until `retry`, `skip` or `data` answers for those steps.
 */
export function recoverRun(turn: Turn, reason: string): void {
  const { run } = turn;
  standingFailure(turn);
  if (isHalted(run)) return;
  const interrupted = run.steps
    .filter((step) => isUncertain(step) && !step.plan.resumeOnInterrupt)
    .map((step) => step.plan.id);
  if (interrupted.length === 0) return requeue(turn);
  // The time nobody was there does not count against the run.
  pauseClock(turn, run.row.updatedAt);
  run.marks.interrupted = interrupted;
  turn.eventWith("workflow_interrupted", null, { reason, steps: interrupted });
}
