// What `opcode.status` says of a run, from its committed rows.

import { rfc3339 } from "../core/clock.ts";
import type { ErrorObject } from "../core/errors.ts";
import { OpcodeError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { LARGEST_ANSWER } from "./answer-room.ts";
import type { EventReport, ForkedFrom, StatusReply, StepState } from "./api.ts";
import { decisionReports, firstFitting } from "./decision-report.ts";
import type { Plan } from "./definition/plan.ts";
import type { Engine } from "./engine.ts";
import { checkIdentifier } from "./identifiers.ts";
import { storedContextView } from "./run/context.ts";
import { storedHalt, storedStep, storedSteps, waitsOf } from "./run/report.ts";
import type { RunRecord, StoredEvent, StoredStep } from "./store/store.ts";
import { formatVersion } from "./version.ts";

/** What an event takes beside its payload and step. */
const BARE_EVENT = 300;

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
  // The parts share the room in this order; the run's output is what the run was for: always whole.
  let room = LARGEST_ANSWER - (run.error?.length ?? 0);
  const asked = firstFitting(record.decisions, LARGEST_ANSWER / 4);
  const decisions = decisionReports(asked, LARGEST_ANSWER / 4);
  room -= decisions.size;
  const showsContext = (record.context?.data?.length ?? 0) <= LARGEST_ANSWER / 4;
  if (showsContext) room -= record.context?.data?.length ?? 0;
  const { events, size } = newestEvents(record.events, LARGEST_ANSWER / 4);
  room -= size;
  const { shown, mostOutput, truncated, signals } = storedSteps(record, plan, room);
  const steps = Object.fromEntries(shown.map(({ id, row }) => [
    id,
    row ? stepState(run.id, row, mostOutput) : noState(run.id, id),
  ]));
  const { waiting_signals } = waitsOf([], signals);
  const isCut = truncated || decisions.truncated || asked.length < record.decisions.length ||
    !showsContext || events.length < record.events.length;
  return {
    workflow_id: run.id,
    status: run.status,
    template_name: run.templateName,
    template_version: formatVersion(run.templateVersion),
    agent_id: run.agentId,
    ...(record.parentId !== null && { parent_workflow_id: record.parentId }),
    ...(run.forkedFrom !== null && { forked_from: JSON.parse(run.forkedFrom) as ForkedFrom }),
    created_at: rfc3339(run.createdAt),
    ...(run.startedAt !== null && { started_at: rfc3339(run.startedAt) }),
    ...(run.completedAt !== null && { completed_at: rfc3339(run.completedAt) }),
    ...(record.output !== null && { output: JSON.parse(record.output) as Json }),
    ...(run.error !== null && { error: JSON.parse(run.error) as ErrorObject }),
    steps,
    ...storedHalt(run),
    pending_decisions: decisions.reports,
    ...(waiting_signals && { waiting_signals }),
    ...(record.context && showsContext && { context: storedContextView(run.id, record.context) }),
    events,
    ...(events.length < run.lastSeq && { events_truncated: true }),
    ...(isCut && { truncated: true }),
  };
}

function stepState(workflowId: string, row: StoredStep, mostOutput: number): StepState {
  const isOpen = row.status === "running" || row.status === "suspended" ||
    row.status === "retrying";
  return {
    workflow_id: workflowId,
    ...storedStep(row, mostOutput),
    attempt: row.attempt,
    retry_count: row.retries,
    ...(row.startedAt !== null && { started_at: rfc3339(row.startedAt) }),
    ...(row.completedAt !== null && { completed_at: rfc3339(row.completedAt) }),
    ...(isOpen && row.dueAt !== null && { due_at: rfc3339(row.dueAt) }),
  };
}

/** A step that has not begun. */
function noState(workflowId: string, stepId: string): StepState {
  return {
    workflow_id: workflowId,
    step_id: stepId,
    status: "pending",
    attempt: 0,
    retry_count: 0,
  };
}

/** The newest events whose payloads together fit into the room, and their size. */
function newestEvents(
  stored: StoredEvent[],
  room: number,
): { events: EventReport[]; size: number } {
  let size = 0;
  let from = stored.length;
  while (from > 0) {
    const { payload, stepId } = stored[from - 1]!;
    const next = size + BARE_EVENT + (payload?.length ?? 0) + (stepId?.length ?? 0);
    if (next > room) break;
    size = next;
    from--;
  }
  return { events: stored.slice(from).map(eventReport), size };
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
