// Which link stands in a question, or beside it where somebody is told of it.

import type { DecisionRow } from "../store/store.ts";
import { type DecisionLinks, LINK_AGENT, noLinks } from "./links.ts";

/** How long a link holds whose question has no deadline: there is nobody whom it could be asked of. */
const LASTS_MS = 7 * 24 * 3_600_000;

export type Question = Pick<DecisionRow, "id" | "targetAgentId" | "timeoutAt" | "createdAt">;

/** The link; VALIDATION_ERROR naming `base_url` where there are none. */
export function questionLink(links: DecisionLinks, question: Question): string {
  if (links.refused !== undefined) throw noLinks(links.refused);
  const { id, targetAgentId, timeoutAt, createdAt } = question;
  return links.urlOf({
    decisionId: id,
    agentId: targetAgentId ?? LINK_AGENT,
    expiresAt: timeoutAt ?? createdAt + LASTS_MS,
    // As old as its question, whenever it is told: it goes with all others of before a revocation.
    madeAt: createdAt,
    isBound: false,
  });
}

/** `{link}`, or nothing where there are none. */
export function withLink(links: DecisionLinks, question: Question): { link?: string } {
  return links.refused === undefined ? { link: questionLink(links, question) } : {};
}
