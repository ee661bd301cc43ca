// Who sends a request: an administrator of the daemon, or an agent with an identity.

import { placeOf } from "../core/fault-at.ts";
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { OpcodeError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { EngineFacade, Opcode } from "../engine/api.ts";

export interface Caller {
  /** Whose token came with the request; undefined for the daemon's own, or where none is asked for. */
  readonly agent: string | undefined;
}

export const ADMIN: Caller = { agent: undefined };

/** What the engine is to a caller; every surface asks by this, so that none can leave rights out. */
export type OpcodeFor = (caller: Caller) => Opcode;

export function opcodeFor(engine: EngineFacade): OpcodeFor {
  return ({ agent }) => agent === undefined ? engine : engine.as(agent);
}

/** Agents by the hash of their token, as settings.json has it. */
export type AgentTokens = ReadonlyMap<string, Caller>;

export function agentTokens(agents: Readonly<Record<string, { token_hash: string }>>): AgentTokens {
  return new Map(
    Object.entries(agents).map(([agent, { token_hash }]) => [token_hash, { agent }]),
  );
}

/** What an agent's token looks like: long random ones alone, since their plain hash is kept. */
const AGENT_TOKEN = /^oca_[A-Za-z0-9_-]{43}$/;

export function isAgentToken(token: string): boolean {
  return AGENT_TOKEN.test(token);
}

/** The caller whose token this is. */
export function agentOf(token: string, tokens: AgentTokens): Caller | undefined {
  if (tokens.size === 0 || !isAgentToken(token)) return undefined;
  return tokens.get(tokenHash(token));
}

/** `sha256:` and the hexadecimal digits of the token's hash. */
export function tokenHash(token: string): string {
  return `sha256:${createHash("sha256").update(token).digest("hex")}`;
}

const KEY = "caller";

/** Notes the caller of a request, once the door has let it in. */
export function setCaller(c: Context, caller: Caller): void {
  c.set(KEY, caller);
}

/** The caller of a request; throws for one that has not come through the door. */
export function callerOf(c: Context): Caller {
  const caller = c.get(KEY) as Caller | undefined;
  if (caller) return caller;
  throw new OpcodeError("PERMISSION_DENIED", "nobody has said whose request this is");
}

/** Throws PERMISSION_DENIED unless the caller is an administrator. */
export function requireAdmin(c: Context, what: string): void {
  const { agent } = callerOf(c);
  if (agent === undefined) return;
  throw new OpcodeError(
    "PERMISSION_DENIED",
    `agent "${agent}" may not ${what}: that is for who has the daemon's auth_token`,
    { details: { agent_id: agent, right: "admin" } },
  );
}

/** Throws PERMISSION_DENIED when the caller is an agent and says to be another. */
export function checkClaim({ agent }: Caller, claimed: unknown): void {
  if (agent === undefined || claimed === undefined || claimed === agent) return;
  throw new OpcodeError(
    "PERMISSION_DENIED",
    `agent_id: the token is that of agent "${agent}", not of "${claimed}"`,
    { details: { ...placeOf("agent_id"), agent_id: agent } },
  );
}

/** A body or arguments of an agent, who need not say who it is. */
export function signed(
  caller: Caller,
  body: unknown,
  known: JsonObject,
): unknown {
  const { agent } = caller;
  if (agent === undefined || !Object.hasOwn(known, "agent_id")) return body;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const { agent_id } = body as JsonObject;
  return agent_id === undefined || agent_id === null ? { ...body, agent_id: agent } : body;
}
