// What `opcode.status` says of a run, from its committed rows.

import { rfc3339 } from "../../core/clock.ts";
import type { ErrorObject } from "../../core/errors.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isTerminal } from "../../core/status.ts";
import { LARGEST_ANSWER } from "../answer-room.ts";
import type { EventReport, StatusReply, StepState } from "../api.ts";
import { decisionReports, firstFitting } from "./decision-report.ts";
import type { Plan } from "../definition/plan.ts";
import { originOf } from "./origin.ts";
import type { Engine } from "./shared.ts";
import { checkIdentifier } from "../identifiers.ts";
import { storedContextView } from "../state/context.ts";
import { keptBy, keptReport } from "../signals/kept-signals.ts";
import {
  readTexts,
  shownOutput,
  storedHalt,
  storedStep,
  storedSteps,
  waitsOf,
} from "../actor/report.ts";
import { notificationReport } from "../notices/note.ts";
import { NOTICE_MS } from "../store/notice-terms.ts";
import type { NoticeRow, RunTexts, RunView, StepView, StoredEvent } from "../store/store.ts";
import { formatVersion } from "../version.ts";

/** What an event takes beside its payload and step. */
const BARE_EVENT = 300;

/** Bytes for the decisions, for the context, and for the events of an answer. */
const PART = LARGEST_ANSWER / 4;

/** Bytes for messages that nobody has been told. */
const MOST_NOTICED = 64 * 1024;

/** Newest events in a status answer; the rest is what query is for. */
const MOST_EVENTS = 200;

export async function runStatus(engine: Engine, workflowId: string): Promise<StatusReply> {
  checkIdentifier("workflow_id", workflowId);
  const { env } = engine;
  const view = await env.store.viewRun(workflowId, {
    events: MOST_EVENTS,
    room: PART,
    noticesSince: env.clock.now() - NOTICE_MS,
  });
  if (!view) throw workflowNotFound(workflowId);
  const { templateName, templateVersion } = view.run;
  return statusReply(engine, view, await env.plan(templateName, templateVersion));
}

/** NOT_FOUND when there is no such workflow. */
export async function checkWorkflow({ env }: Engine, workflowId: string): Promise<void> {
  checkIdentifier("workflow_id", workflowId);
  if (!await env.store.runHead(workflowId)) throw workflowNotFound(workflowId);
}

export function workflowNotFound(id: string): OpcodeError {
  return new OpcodeError("NOT_FOUND", `workflow "${id}" not found`, {
    details: { workflow_id: id },
  });
}

async function statusReply(engine: Engine, view: RunView, plan: Plan): Promise<StatusReply> {
  const { run } = view;
  // The parts share the room in this order; the run's output is what the run was for.
  let room = LARGEST_ANSWER - (run.error?.length ?? 0);
  const asked = firstFitting(view.decisions, PART);
  const decisions = decisionReports(asked);
  room -= decisions.size;
  const notices = firstNotices(view.notices);
  room -= notices.size;
  const showsContext = view.dataSize <= PART;
  if (showsContext) room -= view.dataSize;
  const { events, size } = newestEvents(view.events, PART);
  room -= size;
  const chosen = storedSteps(view, plan, { room });
  const output = shownOutput(view, engine.env.mostOutput);
  // One that failed may be retried, and still has them then.
  const isOver = isTerminal(run.status) && run.status !== "failed";
  const kept = isOver ? [] : keptBy(run);
  const texts = await readTexts(engine.env.store, view, {
    ...chosen,
    wantsOutput: output.wanted,
    events: [...events.filter(isUnread).map(({ seq }) => seq), ...kept],
  });
  const steps = Object.fromEntries(chosen.shown.map(({ id, row }) => [
    id,
    row ? stepState(run.id, row, chosen.mostOutput, texts) : noState(run.id, id),
  ]));
  const waits = waitsOf([], chosen.signals);
  const { waiting_signals } = waits.members;
  const isCut = chosen.truncated || waits.truncated || output.isCut || decisions.truncated ||
    !view.allDecisions ||
    notices.shown.length < view.notices.length || asked.length < view.decisions.length ||
    !showsContext || events.length < view.events.length;
  return {
    ...headOf(view),
    ...output.member(texts),
    ...(run.error !== null && { error: parseJson(run.error) as ErrorObject }),
    steps,
    ...storedHalt(run),
    pending_decisions: decisions.reports,
    ...(notices.shown.length > 0 && { notifications: notices.shown.map(notificationReport) }),
    ...(waiting_signals && { waiting_signals }),
    ...(kept.length > 0 && {
      kept_signals: kept.map((seq) => keptReport(seq, texts.payloads[seq] ?? null)),
    }),
    ...(view.context && showsContext && { context: storedContextView(run.id, view.context) }),
    events: events.map((event) =>
      eventReport(
        isUnread(event) ? { ...event, payload: texts.payloads[event.seq] ?? null } : event,
      )
    ),
    ...(events.length < run.lastSeq && { events_truncated: true }),
    ...(isCut && { truncated: true }),
  };
}

/** The oldest that there is room for, and their size. */
function firstNotices(all: readonly NoticeRow[]): { shown: NoticeRow[]; size: number } {
  let size = 0;
  const shown = all.filter(({ body }) => (size += BARE_EVENT + body.length) <= MOST_NOTICED);
  return { shown, size: Math.min(size, MOST_NOTICED) };
}

/** Which run it is, and since when. */
function headOf({ run, parentId }: RunView) {
  return {
    workflow_id: run.id,
    status: run.status,
    template_name: run.templateName,
    template_version: formatVersion(run.templateVersion),
    agent_id: run.agentId,
    ...originOf(run, parentId),
    created_at: rfc3339(run.createdAt),
    ...(run.startedAt !== null && { started_at: rfc3339(run.startedAt) }),
    ...(run.completedAt !== null && { completed_at: rfc3339(run.completedAt) }),
  };
}

function stepState(
  workflowId: string,
  row: StepView,
  mostOutput: number,
  texts: RunTexts,
): StepState {
  const isOpen = row.status === "running" || row.status === "suspended" ||
    row.status === "retrying";
  return {
    workflow_id: workflowId,
    ...storedStep(row, mostOutput, texts),
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
): { events: StoredEvent[]; size: number } {
  let size = 0;
  let from = stored.length;
  while (from > 0) {
    const { payloadSize, stepId } = stored[from - 1]!;
    const next = size + BARE_EVENT + payloadSize + (stepId?.length ?? 0);
    if (next > room) break;
    size = next;
    from--;
  }
  return { events: stored.slice(from), size };
}

function isUnread({ payload, payloadSize }: StoredEvent): boolean {
  return payload === null && payloadSize > 0;
}

/** An event row as every surface shows it; a payload that was not read is measured. */
export function eventReport(event: StoredEvent): EventReport {
  const { payload, payloadSize } = event;
  return {
    id: event.id,
    workflow_id: event.runId,
    ...(event.stepId !== null && { step_id: event.stepId }),
    event_type: event.type,
    ...(payload !== null && { payload: parseJson(payload) }),
    ...(payload === null && payloadSize > 0 && { payload_size: payloadSize }),
    ...(event.agentId !== null && { agent_id: event.agentId }),
    timestamp: rfc3339(event.at),
    sequence: event.seq,
  };
}
