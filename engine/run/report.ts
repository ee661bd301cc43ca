// How a run is reported to the one who started or signalled it.

import { rfc3339 } from "../../core/clock.ts";
import type { ErrorObject } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { RunReply, StepReport } from "../api.ts";
import type { Plan } from "../definition/plan.ts";
import type { RunRecord } from "../store/store.ts";
import { everyStep, isHook, type Marks, type RunState } from "./state.ts";

/** Bytes of step outputs that one answer may carry. */
export const MOST_OUTPUT = 1024 * 1024;

/** The report of a run from its actor's memory, taken at the end of a turn. */
export function liveReply(run: RunState): RunReply {
  const budget = outputBudget([...everyStep(run)].map((step) => step.outputSize));
  const steps: Record<string, StepReport> = {};
  for (const step of everyStep(run)) {
    if (step.status === "pending" && (step.list.owner || isHook(step))) continue;
    steps[step.id] = {
      step_id: step.id,
      status: step.status,
      ...(step.output !== undefined && step.outputSize <= budget && { output: step.output }),
      ...(step.error && { error: step.error }),
      ...(step.durationMs !== null && { duration_ms: step.durationMs }),
    };
  }
  const { row } = run;
  const output = row.status === "completed" ? run.output : undefined;
  return {
    workflow_id: row.id,
    status: row.status,
    ...(output !== undefined && { output }),
    ...outcomeOf(row.error, row.startedAt, row.completedAt),
    steps,
    ...(run.marks.interrupted && { interrupted: run.marks.interrupted }),
    ...(budget < Infinity && { truncated: true }),
  };
}

/** The same report from the run's rows; a step of the plan without a row has not begun. */
export function storedReply(record: RunRecord, plan: Plan): RunReply {
  const { run } = record;
  const budget = outputBudget(record.steps.map((step) => step.output?.length ?? 0));
  const steps: Record<string, StepReport> = {};
  for (const { id } of plan.steps.slice(0, plan.topLevel)) {
    steps[id] = { step_id: id, status: "pending" };
  }
  for (const step of record.steps) {
    // Of what is no top-level step only what has begun is told.
    if (step.status === "pending" && !steps[step.stepId]) continue;
    steps[step.stepId] = {
      step_id: step.stepId,
      status: step.status,
      ...(step.output !== null && step.output.length <= budget && {
        output: JSON.parse(step.output) as Json,
      }),
      ...(step.error !== null && { error: JSON.parse(step.error) as ErrorObject }),
      ...(step.durationMs !== null && { duration_ms: step.durationMs }),
    };
  }
  const marks = run.marks === null ? {} : JSON.parse(run.marks) as Marks;
  return {
    workflow_id: run.id,
    status: run.status,
    ...(record.output !== null && { output: JSON.parse(record.output) as Json }),
    ...outcomeOf(run.error, run.startedAt, run.completedAt),
    steps,
    ...(marks.interrupted && { interrupted: marks.interrupted }),
    ...(budget < Infinity && { truncated: true }),
  };
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

/** The size up to which single outputs are included so that all of them stay within the limit. */
export function outputBudget(sizes: number[]): number {
  let total = 0;
  for (const size of sizes) total += size;
  if (total <= MOST_OUTPUT) return Infinity;
  total = 0;
  for (const size of sizes.toSorted((a, b) => a - b)) {
    total += size;
    if (total > MOST_OUTPUT) return size - 1;
  }
  return Infinity;
}
