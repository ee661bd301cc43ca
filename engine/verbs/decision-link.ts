// How somebody gets a link by which a decision is answered, without a token of the daemon's.

import { rfc3339 } from "../../core/clock.ts";
import { parseAge } from "../../core/duration.ts";
import { OpcodeError } from "../../core/errors.ts";
import { faultAt } from "../../core/fault-at.ts";
import { quoted } from "../../core/text.ts";
import type { LinkReply, UnlinkReply } from "../api.ts";
import type { LinkRequest, UnlinkRequest } from "../contract/steering.ts";
import { checkIdentifier } from "../identifiers.ts";
import { LINK_AGENT, noLinks } from "../links/links.ts";
import { OVER } from "../signals/decide.ts";
import { type DecisionRow, emptyHandOver } from "../store/store.ts";
import { commitUnlessOvertaken } from "./overtaken.ts";
import type { Engine } from "./shared.ts";

const DEFAULT_TTL_MS = 24 * 3_600_000;
const LEAST_TTL_MS = 60_000;
const MOST_TTL_MS = 30 * 24 * 3_600_000;

/** Where it was made by an agent with an identity, the link is bound to that agent's rights. */
export interface BoundLinkRequest extends LinkRequest {
  isBound?: boolean;
}

/**
 * The link. VALIDATION_ERROR naming `base_url` where nobody else could open it, NOT_FOUND without such a
 * decision, CONFLICT when it is over.
 */
export async function linkDecision(engine: Engine, request: BoundLinkRequest): Promise<LinkReply> {
  const { links, store, clock } = engine.env;
  const id = checkIdentifier("decision_id", request.decision_id);
  const ttlMs = ttlOf(request.ttl);
  if (links.refused !== undefined) throw noLinks(links.refused);
  const row = await store.decisionById(id);
  if (row === null) throw decisionNotFound(id);
  const now = clock.now();
  refuseOver(row, now);
  const agentId = answererOf(row, request.agent_id);
  const expiresAt = Math.min(now + ttlMs, row.timeoutAt ?? Infinity);
  // Later than a revocation, also where the clock has gone back since.
  const madeAt = Math.max(now, (row.linksRevokedAt ?? 0) + 1);
  const terms = { decisionId: id, agentId, expiresAt, madeAt, isBound: request.isBound === true };
  return {
    url: links.urlOf(terms),
    decision_id: id,
    agent_id: agentId,
    expires_at: rfc3339(expiresAt),
  };
}

/**
 * Takes back all links of the decision that there are; whoever wants another one makes it. NOT_FOUND without
 * such a decision. Of one that is over its page is not shown any more, either.
 */
export async function unlinkDecision(engine: Engine, request: UnlinkRequest): Promise<UnlinkReply> {
  const { store, clock, log } = engine.env;
  const id = checkIdentifier("decision_id", request.decision_id);
  const row = await store.decisionById(id);
  if (row === null) throw decisionNotFound(id);
  engine.refuseWhenBusy();
  const revokedAt = Math.max(clock.now(), row.linksRevokedAt ?? 0);
  const handOver = emptyHandOver();
  handOver.revoking = { runNo: row.runNo, decisionId: id, revokedAt };
  const failed = "that the links were taken back could not be stored";
  await commitUnlessOvertaken(engine, () => Promise.resolve(handOver), failed);
  log.info("links of a decision were taken back", { workflow_id: row.runId, decision_id: id });
  return { decision_id: id, revoked_at: rfc3339(revokedAt) };
}

export function decisionNotFound(id: string): OpcodeError {
  return new OpcodeError("NOT_FOUND", `decision ${quoted(id)} not found`, {
    details: { decision_id: id },
  });
}

function refuseOver({ id, stepId, status, timeoutAt }: DecisionRow, now: number): void {
  const isLate = status === "pending" && timeoutAt !== null && timeoutAt <= now;
  if (status === "pending" && !isLate) return;
  const how = OVER[isLate ? "timed_out" : status];
  throw new OpcodeError("CONFLICT", `decision "${id}" of step "${stepId}" ${how}`, {
    details: { decision_id: id, decision_status: status },
    stepId,
  });
}

function ttlOf(ttl: string | undefined): number {
  if (ttl === undefined) return DEFAULT_TTL_MS;
  let ms: number;
  try {
    ms = parseAge(ttl);
  } catch (thrown) {
    throw faultAt("ttl", (thrown as Error).message);
  }
  if (ms >= LEAST_TTL_MS && ms <= MOST_TTL_MS) return ms;
  throw faultAt("ttl", `must be from 1m to 30d, is ${quoted(ttl)}`);
}

function answererOf({ id, stepId, targetAgentId }: DecisionRow, given: string | undefined): string {
  if (given === undefined) return targetAgentId ?? LINK_AGENT;
  const agent = checkIdentifier("agent_id", given);
  if (targetAgentId === null || targetAgentId === agent) return agent;
  throw faultAt(
    "agent_id",
    `the decision for step "${stepId}" is for agent "${targetAgentId}", not for agent "${agent}"`,
    { target_agent: targetAgentId, step_id: stepId, decision_id: id },
  );
}
