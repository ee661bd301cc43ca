// How what an agent is to be told is noted: in the very hand-over that stores why.

import type { Json, JsonObject } from "../../core/json.ts";
import { cut } from "../../core/text.ts";
import { rfc3339 } from "../../core/clock.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { NotificationReport } from "../api.ts";
import type { Notification } from "./agent-door.ts";
import type { DecisionRow, HandOver, NoticeRow, Noticing, RunRow } from "../store/store.ts";

/** Characters of JSON that the data of one notice may have; what is larger stands in the run alone. */
const MOST_DATA = 16 * 1024;
/** Characters of its text. */
const MOST_TEXT = 4_000;

/** What a step has said to its agent, who was away. */
export function noteMessage(
  handOver: HandOver,
  { id, run, stepId, at }: Source,
  said: { message: string; data?: Json | undefined },
): void {
  add(handOver, rowOf({ id, run, stepId, at }, "message", run.agentId, said));
}

/** The question that a run asks an agent: the one that it names, or its own. `link`: answers it. */
export function noteQuestion(
  handOver: HandOver,
  run: RunRow,
  decision: DecisionRow,
  { prompt, link }: { prompt: string | null; link?: string },
): void {
  const { id, stepId, options, timeoutAt, fallback, targetAgentId, agentId, createdAt } = decision;
  const data: JsonObject = {
    decision_id: id,
    template_name: run.templateName,
    options: parseJson(options),
    ...(timeoutAt !== null && { timeout_at: rfc3339(timeoutAt) }),
    ...(fallback !== null && { fallback }),
    ...(link !== undefined && { link }),
  };
  const message = prompt || "a decision is asked for";
  const source = { id, run, stepId, at: createdAt };
  add(handOver, rowOf(source, "question", targetAgentId ?? agentId, { message, data }));
}

/** The question is over: nobody need be told of it any more. */
export function withdrawQuestion(handOver: HandOver, { id }: Pick<DecisionRow, "id">): void {
  noticingOf(handOver).withdrawn.push(id);
}

interface Source {
  id: string;
  run: RunRow;
  stepId: string;
  /** Epoch ms. */
  at: number;
}

function add(handOver: HandOver, row: NoticeRow): void {
  noticingOf(handOver).rows.push(row);
}

function noticingOf(handOver: HandOver): Noticing {
  return handOver.noticing ??= { rows: [], told: [], withdrawn: [] };
}

function rowOf(
  { id, run, stepId, at }: Source,
  kind: NoticeRow["kind"],
  agentId: string,
  { message, data = null }: { message: string; data?: Json | undefined },
): NoticeRow {
  const size = JSON.stringify(data).length;
  const body: Said = {
    message: cut(message, MOST_TEXT),
    workflow_id: run.id,
    step_id: stepId,
    data: size > MOST_DATA ? null : data,
    ...(size > MOST_DATA && { data_size: size }),
  };
  return { id, agentId, runId: run.id, kind, body: JSON.stringify(body), dropped: 0, at };
}

/** What a row says. */
interface Said extends JsonObject {
  message: string;
  workflow_id: string;
  step_id: string;
  data: Json;
}

/** The row as its agent is told it. */
export function notificationOf({ id, kind, body, dropped, at }: NoticeRow): Notification {
  return {
    ...parseJson<Said>(body),
    notification_id: id,
    ...(kind === "question" && { kind }),
    queued_at: rfc3339(at),
    ...(dropped > 0 && { dropped }),
  };
}

/** The row as the status of its run lists it. */
export function notificationReport(row: NoticeRow): NotificationReport {
  const { workflow_id: _, kind: __, ...told } = notificationOf(row);
  return { ...told, agent_id: row.agentId } as NotificationReport;
}
