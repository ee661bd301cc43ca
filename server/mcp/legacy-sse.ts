// How clients of 2024-11-05 are served: GET /sse opens a stream, POST /message speaks into it.

import type {
  JSONRPCMessage,
  MessageExtraInfo,
  Server,
  Transport,
} from "@modelcontextprotocol/server";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { hostOf, isLoopback } from "../address.ts";
import type { Caller } from "../callers.ts";
import type { AgentRegistry, Channel, MessageParams } from "./agents.ts";
import { keepAlive } from "./keep-alive.ts";
import {
  BAD_SESSION_REQUEST,
  INVALID_PARAMS,
  INVALID_REQUEST,
  isResponse,
  readMessage,
  refuse,
  SESSION_NOT_FOUND,
} from "./messages.ts";
import type { Connection } from "./connection.ts";
import type { Follow } from "./sessions.ts";
import { SseStream } from "./sse-stream.ts";
import type { Names } from "./tools/names.ts";

const PING_MS = 30_000;
/** Each is an open connection, and the daemon needs descriptors for other things too. */
const MAX_SESSIONS = 500;

/** A session of this transport is its stream, so that no id could bring it back. */
const GONE =
  "no such session: it ended with its stream, as when the daemon was restarted. Connect " +
  "again: open GET /sse, post to the address in its endpoint event, and say initialize there " +
  "(clients of /mcp need not: their sessions survive restarts)";

/** One legacy session. All it sends goes over its one stream; a result too many closes it. */
class SseSession implements Transport, Channel {
  readonly sessionId = crypto.randomUUID();
  readonly stream: SseStream;
  initialized = false;
  logsInfo = true;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;
  #pings = 0;
  /** Told once, after the client has heard what `initialize` came to. */
  #onReady: (() => void) | undefined;

  constructor(clock: Clock, onReady: () => void) {
    this.#onReady = onReady;
    const stop = keepAlive(clock, PING_MS, () => this.#ping());
    this.stream = new SseStream({
      onClose: () => {
        stop();
        this.onclose?.();
      },
    });
  }

  async start(): Promise<void> {}

  receive(message: JSONRPCMessage): void {
    // The only requests this side makes are pings, whose answers nobody waits for.
    if (isResponse(message)) return;
    if (message.method === "initialize") this.initialized = true;
    this.onmessage?.(message);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const text = JSON.stringify(message);
    if (isResponse(message)) {
      this.stream.write("message", text);
      if (!this.initialized) return;
      this.#onReady?.();
      this.#onReady = undefined;
    } else this.stream.offer("message", text);
  }

  notify(params: MessageParams): boolean {
    return this.logsInfo && this.#offer("notifications/message", params);
  }

  /** Says that a resource has changed. */
  updated(uri: string): boolean {
    return this.#offer("notifications/resources/updated", { uri });
  }

  #offer(method: string, params: object): boolean {
    return this.initialized &&
      this.stream.offer("message", JSON.stringify({ jsonrpc: "2.0", method, params }));
  }

  async close(): Promise<void> {
    this.stream.close();
  }

  #ping(): void {
    const ping = { jsonrpc: "2.0", id: ++this.#pings, method: "ping" };
    this.stream.offer("message", JSON.stringify(ping));
  }
}

export interface LegacyOptions {
  clock: Clock;
  agents: AgentRegistry;
  log: Logger;
  /** The daemon's public URL; an unusable one gives clients a relative endpoint. */
  baseUrl: () => string;
  follow: Follow;
  createServer: (connection: Connection) => Server;
}

export class LegacySse {
  readonly #options: LegacyOptions;
  readonly #sessions = new Map<string, { session: SseSession; server: Server; caller: Caller }>();

  constructor(options: LegacyOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** GET /sse */
  async open(
    request: { url: string; names: Names; agentId: string | undefined; caller: Caller },
  ): Promise<Response> {
    const { clock, agents, follow, createServer, log, baseUrl } = this.#options;
    if (this.#sessions.size >= MAX_SESSIONS) {
      const message = `${MAX_SESSIONS} clients are connected, which is all there is room for`;
      return refuse({ status: 429, code: BAD_SESSION_REQUEST, message });
    }
    const session = new SseSession(clock, () => link.ready());
    const link = agents.link(session);
    const { caller } = request;
    const subscriptions = follow(caller, (uri) => session.updated(uri));
    const server = createServer({
      caller,
      names: request.names,
      bind: link.bind,
      agent: link.agent,
      reaches: () => session.stream.open,
      logsInfo: () => session.logsInfo,
      setLogsInfo: (logs) => {
        session.logsInfo = logs;
        if (logs) link.ready();
      },
      subscriptions,
    });
    server.onclose = () => {
      link.release();
      subscriptions.close();
      this.#sessions.delete(session.sessionId);
      log.debug("a legacy MCP session ended", { session: session.sessionId });
    };
    await server.connect(session);
    if (request.agentId !== undefined) link.bind(request.agentId);
    this.#sessions.set(session.sessionId, { session, server, caller });
    session.stream.write("endpoint", endpoint(baseUrl(), request.url) + session.sessionId);
    return session.stream.response();
  }

  /** POST /message; answers at once, the result follows on the stream. */
  post(request: { sessionId: string | undefined; body: unknown; caller: Caller }): Response {
    const { sessionId, body, caller } = request;
    const found = sessionId === undefined ? undefined : this.#sessions.get(sessionId);
    if (sessionId === undefined) {
      const message = "sessionId is required: GET /sse names the address to post to";
      return refuse({ status: 400, code: INVALID_PARAMS, message, body });
    }
    if (found === undefined || found.caller.agent !== caller.agent) {
      return refuse({ status: 404, code: SESSION_NOT_FOUND, message: GONE, body });
    }
    const message = readMessage(body);
    if (message === undefined) {
      const text = "not a JSON-RPC 2.0 message";
      return refuse({ status: 400, code: INVALID_REQUEST, message: text, body });
    }
    found.session.receive(message);
    return new Response(null, { status: 202 });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ server }) => server.close()));
  }
}

/**
 * Where to post to. Clients refuse an endpoint of another origin than the one they connected to: unless
 * base_url names another machine, or another port (that of a proxy that says our name), the one is
 * named that the client did, which the door has checked.
 */
function endpoint(baseUrl: string, requestUrl: string): string {
  const base = URL.parse(baseUrl);
  const asked = new URL(requestUrl);
  const path = "/message?sessionId=";
  if (base === null || !/^https?:$/.test(base.protocol)) return path;
  const prefix = base.pathname.replace(/\/+$/, "");
  const isOurs = isLocal(base) && (prefix === "" || base.port === asked.port);
  return (isOurs ? asked.origin : base.origin) + prefix + path;
}

function isLocal(url: URL): boolean {
  const host = hostOf(url.host);
  return host !== undefined && isLoopback(host);
}
