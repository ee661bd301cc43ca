// How the stateless revision (2026-07-28) is served, its subscriptions included.

import {
  type AuthInfo,
  createMcpHandler,
  type McpHttpHandler,
  type Server,
  SUBSCRIPTION_ID_META_KEY,
} from "@modelcontextprotocol/server";
import type { JsonObject } from "../../core/json.ts";
import type { Logger } from "../../core/log.ts";
import type { Caller } from "../callers.ts";
import type { AgentRegistry, Channel } from "./agents.ts";
import { KEEP_ALIVE_MS } from "./exchange.ts";
import { type Connection, requestLogsInfo } from "./connection.ts";
import { SseStream } from "./sse-stream.ts";
import { namesOf } from "./url.ts";

export function createStateless(options: {
  createServer: (connection: Connection) => Server;
  log: Logger;
}): McpHttpHandler {
  return createMcpHandler(
    ({ requestInfo, authInfo }) =>
      options.createServer({
        caller: authInfo!.extra!.caller as Caller,
        names: namesOf(requestInfo?.url),
        bind() {},
        agent: () => undefined,
        reaches: () => true,
        logsInfo: requestLogsInfo,
        setLogsInfo() {},
      }),
    {
      legacy: "reject",
      keepAliveMs: KEEP_ALIVE_MS,
      onerror: (error) => options.log.debug("mcp", { error: error.message }),
    },
  );
}

/** How the SDK's handler hands the caller on to the server that it makes for a request. */
export function authOf(caller: Caller): AuthInfo {
  return { token: "", clientId: caller.agent ?? "", scopes: [], extra: { caller } };
}

/** Whether the body opens a subscription stream. */
export function isListen(body: unknown): body is { id: string | number } {
  return (body as JsonObject | undefined)?.method === "subscriptions/listen";
}

/** The same stream, over which the agent's messages arrive too for as long as it is open. */
export function withMessages(options: {
  response: Response;
  subscriptionId: string | number;
  agentId: string;
  agents: AgentRegistry;
}): Response {
  const { response, subscriptionId, agentId, agents } = options;
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response;
  const reader = response.body!.getReader();
  const channel: Channel = {
    notify(params) {
      const tagged = { ...params, _meta: { [SUBSCRIPTION_ID_META_KEY]: subscriptionId } };
      const message = { jsonrpc: "2.0", method: "notifications/message", params: tagged };
      return stream.offer("message", JSON.stringify(message));
    },
  };
  const stream = new SseStream({
    onClose: () => {
      link.release();
      reader.cancel().catch(() => {});
    },
  });
  const link = agents.link(channel);
  // What is acknowledged comes first.
  void relay(reader, stream, () => link.bind(agentId));
  return stream.response();
}

async function relay(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  stream: SseStream,
  onFirst: () => void,
): Promise<void> {
  for (let isFirst = true;; isFirst = false) {
    const { done, value } = await reader.read();
    if (done) return stream.close();
    stream.raw(value);
    if (isFirst && stream.open) onFirst();
  }
}
