// How the messages of one Streamable HTTP session (2025 revisions) find their way back.

import type {
  JSONRPCMessage,
  MessageExtraInfo,
  RequestId,
  Transport,
} from "@modelcontextprotocol/server";
import type { Clock } from "../../core/clock.ts";
import type { Channel, MessageParams } from "./agents.ts";
import { type Accepts, Exchange, KEEP_ALIVE_MS } from "./exchange.ts";
import { keepAlive } from "./keep-alive.ts";
import { isRequest, isResponse } from "./messages.ts";
import { SseStream } from "./sse-stream.ts";

/**
 * The transport of one session: answers go to the POST that asked, everything else to the
 * session's GET stream. When a client goes away during a call, the call is cancelled towards the
 * handler, which stops waiting; the workflow goes on.
 */
export class HttpSession implements Transport, Channel {
  readonly sessionId: string;
  /** Set by `initialize`. */
  protocolVersion = "";
  /** Whether the client wants messages of level info. */
  logsInfo = true;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  readonly #clock: Clock;
  readonly #onListen: () => void;
  readonly #exchanges = new Map<RequestId, Exchange>();
  #stream: SseStream | undefined;
  #closed = false;

  /** `onListen` is told when the client has opened its GET stream. */
  constructor(options: { sessionId: string; clock: Clock; onListen?: () => void }) {
    this.sessionId = options.sessionId;
    this.#clock = options.clock;
    this.#onListen = options.onListen ?? (() => {});
  }

  async start(): Promise<void> {}

  setProtocolVersion(version: string): void {
    this.protocolVersion = version;
  }

  /** Whether the client reads a stream or waits for an answer. */
  get busy(): boolean {
    return this.#stream !== undefined || this.#exchanges.size > 0;
  }

  /** Whether an id is in use by a request that has no result yet. */
  isOpen(id: RequestId): boolean {
    return this.#exchanges.has(id);
  }

  /** Whether a message before the result of this request would reach the client. */
  reaches(id: RequestId): boolean {
    return this.#exchanges.get(id)?.streams ?? false;
  }

  /** Takes in the messages of one POST. */
  post(options: {
    messages: JSONRPCMessage[];
    batch: boolean;
    accepts: Accepts;
    signal: AbortSignal;
  }): Promise<Response> {
    const { messages, batch, accepts, signal } = options;
    const ids = messages.filter(isRequest).map((request) => request.id);
    if (ids.length === 0) {
      for (const message of messages) this.#receive(message);
      return Promise.resolve(new Response(null, { status: 202 }));
    }
    const leave = () => exchange.abandon();
    const exchange: Exchange = new Exchange({
      ids,
      batch,
      accepts,
      clock: this.#clock,
      headers: { "mcp-session-id": this.sessionId },
      onAbandoned: () => {
        for (const id of [...exchange.open]) this.#cancel(id, "the client has gone");
      },
    });
    for (const id of ids) this.#exchanges.set(id, exchange);
    signal.addEventListener("abort", leave, { once: true });
    for (const message of messages) this.#receive(message);
    return exchange.response;
  }

  /** The GET stream; a newer one replaces an older one, whose client may have gone unnoticed. */
  listen(): Response {
    this.#stream?.close();
    const stream = new SseStream({
      onClose: () => {
        stop();
        if (this.#stream === stream) this.#stream = undefined;
      },
    });
    const stop = keepAlive(this.#clock, KEEP_ALIVE_MS, () => stream.comment("keep-alive"));
    this.#stream = stream;
    this.#onListen();
    return stream.response({ "mcp-session-id": this.sessionId });
  }

  async send(
    message: JSONRPCMessage,
    options?: { relatedRequestId?: RequestId | undefined },
  ): Promise<void> {
    if (isResponse(message)) {
      const id = message.id!;
      this.#exchanges.get(id)?.result(id, message);
      this.#exchanges.delete(id);
      return;
    }
    const related = options?.relatedRequestId;
    if (related !== undefined) this.#exchanges.get(related)?.send(message);
    else if (isRequest(message)) this.#ask(message);
    else this.#stream?.offer("message", JSON.stringify(message));
  }

  /** A request that nobody could hear would never be answered: whoever asks is told at once. */
  #ask(message: JSONRPCMessage): void {
    if (this.#stream === undefined) throw new Error("the client has no open stream to be asked on");
    this.#stream.write("message", JSON.stringify(message));
  }

  /** As an agent's channel: over the GET stream. */
  notify(params: MessageParams): boolean {
    return this.logsInfo && this.#offer("notifications/message", params);
  }

  /** Says over the GET stream that a resource has changed; false when nobody reads it. */
  updated(uri: string): boolean {
    return this.#offer("notifications/resources/updated", { uri });
  }

  #offer(method: string, params: object): boolean {
    if (this.#stream === undefined) return false;
    return this.#stream.offer("message", JSON.stringify({ jsonrpc: "2.0", method, params }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream?.close();
    for (const exchange of new Set(this.#exchanges.values())) exchange.abandon();
    this.onclose?.();
  }

  #receive(message: JSONRPCMessage): void {
    this.onmessage?.(message);
    if (!("method" in message) || message.method !== "notifications/cancelled") return;
    const id = message.params?.requestId as RequestId | undefined;
    if (id === undefined) return;
    this.#exchanges.get(id)?.cancel(id);
    this.#exchanges.delete(id);
  }

  #cancel(id: RequestId, reason: string): void {
    this.#exchanges.delete(id);
    const params = { requestId: id, reason };
    this.onmessage?.({ jsonrpc: "2.0", method: "notifications/cancelled", params });
  }
}
