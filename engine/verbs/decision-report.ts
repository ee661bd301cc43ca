// How decisions are shown.

import { rfc3339 } from "../../core/clock.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import type { DecisionReport } from "../api.ts";
import type { StoredDecision } from "../store/store.ts";

/** What a decision takes beside its context and options. */
const BARE_DECISION = 600;

/** The first of these decisions that fit into the room without their contexts; one at least. */
export function firstFitting(decisions: StoredDecision[], room: number): StoredDecision[] {
  let size = 0;
  const end = decisions.findIndex((decision, i) => (size += bareSize(decision)) > room && i > 0);
  return end < 0 ? decisions : decisions.slice(0, end);
}

/**
 * The decisions in order; a context that was cut says so with `truncated: true` in it. `size`: what
 * they take, in characters of JSON.
 */
export function decisionReports(
  decisions: readonly StoredDecision[],
): { reports: DecisionReport[]; size: number; truncated: boolean } {
  let size = 0;
  for (const decision of decisions) size += bareSize(decision) + decision.context.length;
  return {
    reports: decisions.map(decisionReport),
    size,
    truncated: decisions.some(({ contextCut }) => contextCut),
  };
}

function bareSize({ stepId, options, resolution }: StoredDecision): number {
  return BARE_DECISION + stepId.length + options.length + (resolution?.length ?? 0);
}

function decisionReport(decision: StoredDecision): DecisionReport {
  const { timeoutAt, resolvedAt } = decision;
  // The answer as its step has it is one thing, the way it came another.
  const { via, ...resolution } = parseJson<JsonObject>(decision.resolution ?? "{}");
  return {
    id: decision.id,
    decision_id: decision.id,
    workflow_id: decision.runId,
    step_id: decision.stepId,
    status: decision.status,
    agent_id: decision.agentId,
    ...(decision.targetAgentId !== null && { target_agent_id: decision.targetAgentId }),
    context: parseJson(decision.context),
    options: parseJson(decision.options),
    ...(timeoutAt !== null && { timeout_at: rfc3339(timeoutAt) }),
    ...(decision.fallback !== null && { fallback: decision.fallback }),
    ...(decision.resolution !== null && { resolution }),
    ...(decision.resolvedBy !== null && { resolved_by: decision.resolvedBy }),
    ...(via !== undefined && { via }),
    ...(resolvedAt !== null && { resolved_at: rfc3339(resolvedAt) }),
    created_at: rfc3339(decision.createdAt),
  };
}
