// What a callback of a suspended run says of its questions, where each can be answered by a link.

import { rfc3339 } from "../../core/clock.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { DecisionLinks } from "../links/links.ts";
import { questionLink } from "../links/question-link.ts";
import type { Store, StoredDecision } from "../store/store.ts";

/** Questions that one callback tells; who wants all asks for the run. */
const MOST_TOLD = 20;
/** Bytes that their texts may have together. */
const MOST_TEXT = 64 * 1024;

/** `pending_decisions` as they are when it is sent, the newest first; nothing where there are no links. */
export async function questionsOf(
  store: Store,
  runId: string,
  links: DecisionLinks,
): Promise<JsonObject> {
  if (links.refused !== undefined) return {};
  const filter = { runId, status: "pending" as const, limit: MOST_TOLD, room: MOST_TEXT };
  const { rows, next } = await store.listDecisions(filter);
  if (rows.length === 0) return {};
  return {
    pending_decisions: rows.map((row) => told(row, links)),
    ...(next !== null && next !== undefined && { more_decisions: true }),
  };
}

function told(row: StoredDecision, links: DecisionLinks): JsonObject {
  const { id, stepId, options, targetAgentId, timeoutAt } = row;
  const context = parseJson(row.context);
  const prompt = isObject(context) ? context.prompt : undefined;
  return {
    decision_id: id,
    step_id: stepId,
    ...(prompt !== undefined && { prompt }),
    options: parseJson(options),
    ...(targetAgentId !== null && { target_agent_id: targetAgentId }),
    ...(timeoutAt !== null && { timeout_at: rfc3339(timeoutAt) }),
    link: questionLink(links, row),
  };
}
