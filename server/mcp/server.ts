// What one MCP server object answers: the tools, whichever protocol revision carries them.

import {
  LOG_LEVEL_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  type RequestId,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Logger } from "../../core/log.ts";
import type { Opcode } from "../../engine/api.ts";
import type { AgentRegistry, Channel } from "./agents.ts";
import { readArguments } from "./arguments.ts";
import type { Fixtures } from "./fixtures/fixtures.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { progressReporter } from "./progress.ts";
import { failure, success, type ToolResult } from "./result.ts";
import { findTool, listTools, type Names } from "./tools/toolset.ts";
import type { Tool } from "./tools/tool.ts";

/** The revisions with sessions on /mcp; 2026-07-28, without, is the SDK handler's own. */
export const HTTP_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/** What /sse speaks: it was made for the last of these, newer clients fall back to it. */
export const SSE_VERSIONS: readonly string[] = [...HTTP_VERSIONS, "2024-11-05"];

/** How long a 2026-07-28 client may keep a list: the tools change with the daemon only. */
const LIST_TTL = { ttlMs: 300_000, cacheScope: "public" } as const;

/** What a server knows of the connection it serves. */
export interface Connection {
  names: Names;
  /** An agent spoke over this connection. */
  bind(agentId: string): void;
  /** Whether a message before the result of this request would reach the client. */
  reaches(id: RequestId): boolean;
  /** Whether the client wants messages of level info. */
  logsInfo(context: ServerContext): boolean;
  setLogsInfo(logs: boolean): void;
}

export interface ServerParts {
  opcode: Opcode;
  version: string;
  agents: AgentRegistry;
  log: Logger;
  fixtures: Fixtures | undefined;
}

/** A server for one session, or for one request of the stateless revision (`era: "modern"`). */
export function createServer(
  parts: ServerParts,
  connection: Connection,
  options: { era: "modern" } | { era: "legacy"; versions: readonly string[] },
): Server {
  const modern = options.era === "modern";
  const { fixtures } = parts;
  const server = new Server({ name: "opcode", title: "opcode", version: parts.version }, {
    instructions: INSTRUCTIONS,
    // A stateless client may hold a subscription open, over which its agent is reached.
    capabilities: {
      tools: modern ? { listChanged: true } : {},
      logging: {},
      ...fixtures?.capabilities,
    },
    cacheHints: { "tools/list": LIST_TTL, ...fixtures?.cacheHints },
    ...(fixtures && { requestState: fixtures.requestState }),
    ...(!modern && { supportedProtocolVersions: [...options.versions] }),
  });
  server.onerror = (error) => parts.log.debug("mcp", { error: error.message });
  server.setRequestHandler("tools/list", () => {
    const tools = listTools(connection.names);
    return { tools: fixtures ? [...tools, ...fixtures.tools] : tools } as never;
  });
  server.setRequestHandler("tools/call", (request, context) => {
    const { name, arguments: args } = request.params;
    const tool = findTool(name);
    if (tool !== undefined) return callTool({ parts, connection, context, tool, args }) as never;
    if (fixtures?.has(name)) {
      return fixtures.call(server, name, args as JsonObject ?? {}, context) as never;
    }
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `unknown tool: ${name}`);
  });
  if (!modern) {
    server.setRequestHandler("logging/setLevel", (request) => {
      connection.setLogsInfo(["debug", "info"].includes(request.params.level));
      return {};
    });
  }
  fixtures?.install(server);
  return server;
}

async function callTool(call: {
  parts: ServerParts;
  connection: Connection;
  context: ServerContext;
  tool: Tool;
  args: unknown;
}): Promise<ToolResult> {
  const { parts, connection, context, tool } = call;
  const { signal, _meta, id, notify } = context.mcpReq;
  let untie: (() => void) | undefined;
  try {
    const args = await readArguments(tool, call.args);
    if (typeof args.agent_id === "string") {
      connection.bind(args.agent_id);
      untie = parts.agents.call(args.agent_id, callChannel(connection, context));
    }
    const token = _meta?.progressToken;
    const onProgress = token !== undefined && connection.reaches(id)
      ? progressReporter({ token, notify: (notification) => notify(notification) })
      : undefined;
    const watch = { signal, ...(onProgress && { onProgress }) };
    return success(await tool.call(args, { opcode: parts.opcode, watch }));
  } catch (error) {
    if (error instanceof OpcodeError) return failure(error.toJSON());
    if (!signal.aborted) {
      const { message, stack } = error as Error;
      parts.log.error("an MCP tool failed unexpectedly", { tool: tool.name, message, stack });
    }
    throw new ProtocolError(ProtocolErrorCode.InternalError, "internal error");
  } finally {
    untie?.();
  }
}

/** The stream that answers a call, as a way to its agent. */
function callChannel(connection: Connection, context: ServerContext): Channel {
  return {
    notify(params) {
      const { id, notify } = context.mcpReq;
      if (!connection.reaches(id) || !connection.logsInfo(context)) return false;
      notify({ method: "notifications/message", params }).catch(() => {});
      return true;
    },
  };
}

/** What a request of the stateless revision says about log messages: none unless it asks. */
export function requestLogsInfo(context: ServerContext): boolean {
  const envelope = context.mcpReq.envelope as Record<string, unknown> | undefined;
  const level = envelope?.[LOG_LEVEL_META_KEY];
  return level === "debug" || level === "info";
}
