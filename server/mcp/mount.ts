// Where the MCP endpoints stand in the app; the SDK behind them is loaded on first use.

import type { Context, Hono } from "hono";
import { callerOf } from "../callers.ts";
import { holdWhileAnswered } from "../held.ts";
import { ticketOf } from "../intake.ts";
import { AgentRegistry } from "./agents.ts";
import type { AgentDoor } from "../../engine/api.ts";
import type { McpDeps, McpService, WayIn } from "./service.ts";

export interface McpHandle {
  /** `notified` when a client of that agent that is connected now was sent the message. */
  notifyAgent: AgentDoor["notify"];
  isThere: AgentDoor["isThere"];
  present: AgentDoor["present"];
  /** How many sessions are held. */
  sessions(): number;
  /** Ends every stream and session. */
  close(): Promise<void>;
}

/** Serves /mcp, /sse and /message. Host, Origin, token and body size are checked before. */
export function mountMcp(app: Hono, deps: McpDeps): McpHandle {
  const agents = new AgentRegistry(deps.arrived);
  let loading: Promise<McpService> | undefined;
  let loaded: McpService | undefined;
  let closed = false;
  const service = () => {
    if (loading === undefined) {
      loading = import("./service.ts").then(({ McpService }) => McpService.create(deps, agents));
      // What could not be loaded once, for want of descriptors or memory, may be later.
      loading.then((service) => loaded = service, () => loading = undefined);
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
    async notifyAgent(agentId, message, options) {
      return agents.notify(agentId, message, options);
    },
    isThere: (agentId) => agents.isThere(agentId),
    present: () => agents.present(),
    sessions: () => loaded?.sessions ?? 0,
    async close() {
      closed = true;
      await (await loading)?.close();
    },
  };
}
