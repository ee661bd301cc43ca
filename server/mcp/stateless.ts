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

export interface Listen {
  id: string | number;
  params?: { notifications?: { resourceSubscriptions?: unknown } };
}

/** Whether the body opens a subscription stream. */
export function isListen(body: unknown): body is Listen {
  return (body as JsonObject | undefined)?.method === "subscriptions/listen";
}

/** The URIs that are to be followed; what is no list of texts is the SDK's to refuse. */
export function followedBy({ params }: Listen): string[] {
  const uris = params?.notifications?.resourceSubscriptions;
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === "string") : [];
}

/** What arrives over the stream beside what the SDK sends. */
export class Aside {
  #stream: SseStream | null = null;
  readonly #id: string | number;

  /** `id`: of the subscription. */
  constructor(id: string | number) {
    this.#id = id;
  }

  /** False as long as nobody reads. */
  send(method: string, params: object): boolean {
    if (this.#stream === null) return false;
    const tagged = { ...params, _meta: { [SUBSCRIPTION_ID_META_KEY]: this.#id } };
    const message = { jsonrpc: "2.0", method, params: tagged };
    return this.#stream.offer("message", JSON.stringify(message));
  }

  /** The same response, with it; `onOpen` once what is acknowledged was sent, `onClose` at its end. */
  beside(response: Response, { onOpen, onClose }: { onOpen(): void; onClose(): void }): Response {
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
      onClose();
      return response;
    }
    const reader = response.body!.getReader();
    const stream = new SseStream({
      onClose: () => {
        onClose();
        reader.cancel().catch(() => {});
      },
    });
    void relay(reader, stream, () => {
      this.#stream = stream;
      onOpen();
    });
    return stream.response();
  }
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
