// What `opcode.status` says of a run, from its committed rows.

import { rfc3339 } from "../core/clock.ts";
import type { ErrorObject } from "../core/errors.ts";
import { OpcodeError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { EventReport, StatusReply, StepState } from "./api.ts";
import type { Plan } from "./definition/plan.ts";
import type { Engine } from "./engine.ts";
import { checkIdentifier } from "./identifiers.ts";
import { storedContextView } from "./run/context.ts";
import { MOST_OUTPUT, outputBudget } from "./run/report.ts";
import type { Marks } from "./run/state.ts";
import type { RunRecord, StoredEvent, StoredStep } from "./store/store.ts";
import { formatVersion } from "./version.ts";

/** Newest events in a status answer; the rest is what query is for. */
const MOST_EVENTS = 200;

export async function runStatus(engine: Engine, workflowId: string): Promise<StatusReply> {
  checkIdentifier("workflow_id", workflowId);
  const record = await engine.env.store.readRun(workflowId, { events: MOST_EVENTS });
  if (!record) throw workflowNotFound(workflowId);
  const { templateName, templateVersion } = record.run;
  return statusReply(record, await engine.env.plan(templateName, templateVersion));
}

export function workflowNotFound(id: string): OpcodeError {
  return new OpcodeError("NOT_FOUND", `workflow "${id}" not found`, {
    details: { workflow_id: id },
  });
}

function statusReply(record: RunRecord, plan: Plan): StatusReply {
  const { run } = record;
  const marks = run.marks === null ? {} : JSON.parse(run.marks) as Marks;
  const budget = outputBudget(record.steps.map((step) => step.output?.length ?? 0));
  const { events, cut } = fitting(record.events);
  return {
    workflow_id: run.id,
    status: run.status,
    template_name: run.templateName,
    template_version: formatVersion(run.templateVersion),
    agent_id: run.agentId,
    ...(record.parentId !== null && { parent_workflow_id: record.parentId }),
    created_at: rfc3339(run.createdAt),
    ...(run.startedAt !== null && { started_at: rfc3339(run.startedAt) }),
    ...(run.completedAt !== null && { completed_at: rfc3339(run.completedAt) }),
    ...(record.output !== null && { output: JSON.parse(record.output) as Json }),
    ...(run.error !== null && { error: JSON.parse(run.error) as ErrorObject }),
    steps: stepStates(record, plan, budget),
    ...(marks.interrupted && { interrupted: marks.interrupted }),
    pending_decisions: [],
    ...(record.context && { context: storedContextView(run.id, record.context) }),
    events,
    ...((cut || events.length < run.lastSeq) && { events_truncated: true }),
    ...((cut || budget < Infinity) && { truncated: true }),
  };
}

/** Steps in the plan's order; a step without a row has not begun. */
function stepStates(record: RunRecord, plan: Plan, budget: number): Record<string, StepState> {
  const rows = new Map(record.steps.map((row) => [row.stepId, row]));
  const states: Record<string, StepState> = {};
  for (const step of plan.steps) {
    const row = rows.get(step.id);
    rows.delete(step.id);
    if (row) states[step.id] = stepState(record.run.id, row, budget);
    else if (step.index < plan.topLevel) {
      states[step.id] = {
        workflow_id: record.run.id,
        step_id: step.id,
        status: "pending",
        attempt: 0,
        retry_count: 0,
      };
    }
  }
  for (const row of rows.values()) states[row.stepId] = stepState(record.run.id, row, budget);
  return states;
}

function stepState(workflowId: string, row: StoredStep, budget: number): StepState {
  return {
    workflow_id: workflowId,
    step_id: row.stepId,
    status: row.status,
    attempt: row.attempt,
    retry_count: row.retries,
    ...(row.output !== null && row.output.length <= budget && {
      output: JSON.parse(row.output) as Json,
    }),
    ...(row.error !== null && { error: JSON.parse(row.error) as ErrorObject }),
    ...(row.startedAt !== null && { started_at: rfc3339(row.startedAt) }),
    ...(row.completedAt !== null && { completed_at: rfc3339(row.completedAt) }),
    ...(row.durationMs !== null && { duration_ms: row.durationMs }),
  };
}

/** The newest events whose payloads together fit into an answer. */
function fitting(stored: StoredEvent[]): { events: EventReport[]; cut: boolean } {
  let size = 0;
  let from = stored.length;
  while (from > 0 && size + (stored[from - 1]!.payload?.length ?? 0) <= MOST_OUTPUT) {
    size += stored[--from]!.payload?.length ?? 0;
  }
  return { events: stored.slice(from).map(eventReport), cut: from > 0 };
}

/** An event row as every surface shows it. */
export function eventReport(event: StoredEvent): EventReport {
  return {
    id: event.id,
    workflow_id: event.runId,
    ...(event.stepId !== null && { step_id: event.stepId }),
    event_type: event.type,
    ...(event.payload !== null && { payload: JSON.parse(event.payload) as Json }),
    ...(event.agentId !== null && { agent_id: event.agentId }),
    timestamp: rfc3339(event.at),
    sequence: event.seq,
  };
}
