// What one MCP server object answers: tools and resources, whichever protocol revision carries them.

import { ProtocolError, ProtocolErrorCode, Server } from "@modelcontextprotocol/server";
import type { JsonObject } from "../../core/json.ts";
import { type CallParts, callTool } from "./call-tool.ts";
import { installCompletions } from "./completions.ts";
import type { Connection } from "./connection.ts";
import type { Fixtures } from "./fixtures/fixtures.ts";
import { instructions } from "./instructions.ts";
import { installResources } from "./resources.ts";
import { findTool, listTools } from "./tools/toolset.ts";

/** The revision without sessions, which is the SDK handler's own. */
export const STATELESS_VERSION = "2026-07-28";

/** The revisions with sessions on /mcp. */
export const HTTP_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/** What /sse speaks: it was made for the last of these, newer clients fall back to it. */
export const SSE_VERSIONS: readonly string[] = [...HTTP_VERSIONS, "2024-11-05"];

/** How long a 2026-07-28 client may keep what changes with the daemon only. */
const LIST_TTL = { ttlMs: 300_000, cacheScope: "public" } as const;

export interface ServerParts extends CallParts {
  version: string;
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
    instructions: instructions(connection.names),
    // A stateless client may hold a subscription open, over which its agent is reached.
    capabilities: {
      tools: modern ? { listChanged: true } : {},
      logging: {},
      // Without sessions it is `subscriptions/listen` that says what is followed.
      resources: { subscribe: true },
      completions: {},
      ...fixtures?.capabilities,
    },
    cacheHints: {
      // It names the actions that the caller may use.
      "tools/list": { ...LIST_TTL, cacheScope: "private" },
      "resources/templates/list": LIST_TTL,
      ...fixtures?.cacheHints,
    },
    ...(fixtures && { requestState: fixtures.requestState }),
    ...(!modern && { supportedProtocolVersions: [...options.versions] }),
  });
  server.onerror = (error) => parts.log.debug("mcp", { error: error.message });
  server.setRequestHandler("tools/list", () => {
    const actions = parts.opcodeFor(connection.caller).actions();
    const tools = listTools(connection.names, actions);
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
  const resources = { opcode: parts.opcodeFor(connection.caller), log: parts.log };
  const { names, subscriptions } = connection;
  installResources(server, { ...resources, names, subscriptions });
  installCompletions(server, resources);
  fixtures?.install(server);
  return server;
}
