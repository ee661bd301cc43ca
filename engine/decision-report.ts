// How decisions are shown, with no more of their contexts than an answer has room for.

import { rfc3339 } from "../core/clock.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import { fairShare } from "./answer-room.ts";
import type { DecisionReport } from "./api.ts";
import type { StoredDecision } from "./store/store.ts";

/** Members of a context that are left out for want of room, the most dispensable first. */
const DISPENSABLE = [
  "step_outputs",
  "accumulated_data",
  "agent_notes",
  "workflow_intent",
  "data_inject",
  "prompt_context",
  "data",
];

/** What a decision takes beside its context and options. */
const BARE_DECISION = 600;

/** A cut context keeps at least so much of its prompt. */
const LEAST_CONTEXT = 1_200;

/** The first of these decisions that fit into the room without their contexts; one at least. */
export function firstFitting(decisions: StoredDecision[], room: number): StoredDecision[] {
  let size = 0;
  const end = decisions.findIndex((decision, i) => (size += bareSize(decision)) > room && i > 0);
  return end < 0 ? decisions : decisions.slice(0, end);
}

/**
 * The decisions in order, their contexts cut so that all of it has about `room` characters of
 * JSON; a context that was cut says so with `truncated: true` in it. `size`: what they take.
 */
export function decisionReports(
  decisions: readonly StoredDecision[],
  room: number,
): { reports: DecisionReport[]; size: number; truncated: boolean } {
  let size = 0;
  for (const decision of decisions) size += bareSize(decision);
  const fair = fairShare(decisions.map(({ context }) => context.length), room - size);
  const most = Math.max(fair, LEAST_CONTEXT);
  const reports = decisions.map((decision) => {
    const { length } = decision.context;
    size += Math.min(length, most);
    return decisionReport(decision, cut(JSON.parse(decision.context) as Json, length, most));
  });
  return { reports, size, truncated: decisions.some(({ context }) => context.length > most) };
}

function bareSize({ stepId, options, resolution }: StoredDecision): number {
  return BARE_DECISION + stepId.length + options.length + (resolution?.length ?? 0);
}

function decisionReport(decision: StoredDecision, context: Json): DecisionReport {
  const { timeoutAt, resolvedAt } = decision;
  return {
    id: decision.id,
    workflow_id: decision.runId,
    step_id: decision.stepId,
    status: decision.status,
    agent_id: decision.agentId,
    ...(decision.targetAgentId !== null && { target_agent_id: decision.targetAgentId }),
    context,
    options: JSON.parse(decision.options) as Json,
    ...(timeoutAt !== null && { timeout_at: rfc3339(timeoutAt) }),
    ...(decision.fallback !== null && { fallback: decision.fallback }),
    ...(decision.resolution !== null && { resolution: JSON.parse(decision.resolution) as Json }),
    ...(decision.resolvedBy !== null && { resolved_by: decision.resolvedBy }),
    ...(resolvedAt !== null && { resolved_at: rfc3339(resolvedAt) }),
    created_at: rfc3339(decision.createdAt),
  };
}

function cut(context: Json, size: number, most: number): Json {
  if (size <= most || !isObject(context)) return context;
  const rest: JsonObject = { ...context };
  let left = size;
  for (const name of DISPENSABLE) {
    if (left <= most) break;
    if (rest[name] === undefined) continue;
    left -= JSON.stringify(rest[name]).length + name.length + 4;
    delete rest[name];
  }
  const { prompt } = rest;
  // Escaped characters take up to six each.
  if (left > most && typeof prompt === "string") rest.prompt = prompt.slice(0, most / 6);
  return { ...rest, truncated: true };
}
