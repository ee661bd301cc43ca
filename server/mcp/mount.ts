// Where the MCP endpoints stand in the app; the SDK behind them is loaded on first use.

import type { Context, Hono } from "hono";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { type Caller, callerOf, type OpcodeFor } from "../callers.ts";
import { type HeldPlaces, holdWhileAnswered } from "../held.ts";
import { type Ticket, ticketOf } from "../intake.ts";
import { type AgentMessage, AgentRegistry, type Notified } from "./agents.ts";
import type { McpService } from "./service.ts";

export interface McpDeps {
  opcodeFor: OpcodeFor;
  version: string;
  /** The daemon's public URL, for the legacy endpoint event. */
  baseUrl: () => string;
  log: Logger;
  /** Signs the ids of sessions; the same after a restart. */
  sessionKey: Uint8Array;
  /** Room for streams and for calls that wait. */
  held: HeldPlaces;
  /** Also serve what the official conformance suite calls; for tests, on loopback only. */
  conformanceFixtures: boolean;
  clock?: Clock;
}

export interface McpHandle {
  /** `notified` when a client of that agent that is connected now was sent the message. */
  notifyAgent(agentId: string, message: AgentMessage): Promise<Notified>;
  /** Ends every stream and session. */
  close(): Promise<void>;
}

/** What a request takes up of the daemon. */
export interface WayIn {
  /** Whose token it came with. */
  caller: Caller;
  ticket: Ticket;
  /** Takes a stream's place for it; throws BUSY when there is none. */
  hold(): void;
}

/** Serves /mcp, /sse and /message. Host, Origin, token and body size are checked before. */
export function mountMcp(app: Hono, deps: McpDeps): McpHandle {
  const agents = new AgentRegistry();
  let loading: Promise<McpService> | undefined;
  let closed = false;
  const service = () => {
    if (loading === undefined) {
      loading = import("./service.ts").then(({ McpService }) => McpService.create(deps, agents));
      // What could not be loaded once, for want of descriptors or memory, may be later.
      loading.catch(() => loading = undefined);
    }
    return loading;
  };

  const serve =
    (handle: (service: McpService, request: Request, way: WayIn) => Promise<Response>) =>
    async (context: Context): Promise<Response> => {
      if (closed) return context.json({ error: { code: "BUSY", message: "stopping" } }, 503);
      const hold = () => holdWhileAnswered(context, deps.held.streams);
      if (context.req.method === "GET") hold();
      const way = { hold, ticket: ticketOf(context), caller: callerOf(context) };
      return await handle(await service(), context.req.raw, way);
    };
  app.all("/mcp", serve((mcp, request, way) => mcp.mcp(request, way)));
  app.all("/sse", serve((mcp, request, way) => mcp.sse(request, way)));
  app.all("/message", serve((mcp, request, way) => mcp.message(request, way)));

  return {
    async notifyAgent(agentId, message) {
      return agents.notify(agentId, message);
    },
    async close() {
      closed = true;
      await (await loading)?.close();
    },
  };
}
