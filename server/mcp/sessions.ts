// Which Streamable HTTP sessions exist, and what their endpoint answers (2025 revisions).

import {
  isInitializeRequest,
  type JSONRPCMessage,
  type Server,
} from "@modelcontextprotocol/server";
import type { Clock } from "../../core/clock.ts";
import type { Caller } from "../callers.ts";
import { readAccept } from "./accept.ts";
import type { AgentRegistry } from "./agents.ts";
import type { Accepts } from "./exchange.ts";
import { HttpSession } from "./http-session.ts";
import {
  BAD_SESSION_REQUEST,
  INVALID_PARAMS,
  INVALID_REQUEST,
  isRequest,
  MAX_BATCH,
  readMessages,
  refuse,
  SESSION_NOT_FOUND,
} from "./messages.ts";
import type { Connection } from "./connection.ts";
import { HTTP_VERSIONS } from "./server.ts";
import type { SessionIds } from "./session-id.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Names } from "./tools/names.ts";

/** Clients seldom say goodbye; after a day without a call a session is not held any longer. */
const IDLE_MS = 24 * 60 * 60 * 1000;
/** About 9 KB each. */
const MAX_SESSIONS = 10_000;
/** The only revision with JSON-RPC batches. */
const BATCH_VERSION = "2025-03-26";
/** Ids of sessions that clients have ended, so that no request opens them again; 130 bytes each. */
const MOST_ENDED = 10_000;

/** Makes the subscriptions of a session; `tell` as theirs. */
export type Follow = (caller: Caller, tell: (uri: string) => boolean) => Subscriptions;

export interface SessionsOptions {
  follow: Follow;
  clock: Clock;
  agents: AgentRegistry;
  ids: SessionIds;
  createServer: (connection: Connection) => Server;
  maxSessions?: number;
}

/** What the endpoint needs to know of a request. */
export interface EndpointRequest {
  method: string;
  headers: { get(name: string): string | null };
  signal: AbortSignal;
  /** The parsed body of a POST. */
  body: unknown;
  names: Names;
  /** The agent that the URL names, or whose token it is. */
  agentId: string | undefined;
  /** A session is its caller's alone. */
  caller: Caller;
}

interface Entry {
  caller: Caller;
  session: HttpSession;
  server: Server;
  /** By the monotonic clock. */
  usedAt: number;
}

/**
 * A session is held while it is used; its id alone brings it back after that, or after a restart: the
 * revision that was agreed on. What only its client could say again is as in a new session: the level
 * of its log messages, what it follows, and the agents that are not in its URL.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  /** The longest unused first. */
  readonly #entries = new Map<string, Entry>();
  /** Those that are being opened again. */
  readonly #reopening = new Map<string, Promise<Entry | undefined>>();
  /** The first that ended first. */
  readonly #ended = new Set<string>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#entries.size;
  }

  get #limit(): number {
    return this.#options.maxSessions ?? MAX_SESSIONS;
  }

  handle(request: EndpointRequest): Promise<Response> | Response {
    switch (request.method) {
      case "POST":
        return this.#post(request);
      case "GET":
        return this.#get(request);
      case "DELETE":
        return this.#delete(request);
      default:
        return new Response(null, { status: 405, headers: { allow: "GET, POST, DELETE" } });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.server.close()));
  }

  async #post(request: EndpointRequest): Promise<Response> {
    const { body, signal } = request;
    const accepts = readAccept(request.headers.get("accept"));
    if (!accepts.json && !accepts.stream) {
      const message = "Accept must name application/json and text/event-stream";
      return refuse({ status: 406, code: BAD_SESSION_REQUEST, message, body });
    }
    const batch = Array.isArray(body);
    const messages = readMessages(batch ? body : [body]);
    if (messages === undefined) {
      const message = `not a JSON-RPC 2.0 message${batch ? ` in each of 1 to ${MAX_BATCH}` : ""}`;
      return refuse({ status: 400, code: INVALID_REQUEST, message, body });
    }
    const [first] = messages;
    if (!batch && isRequest(first!) && first.method === "initialize") {
      return await this.#initialize(request, first, accepts);
    }
    const entry = await this.#find(request);
    if (entry instanceof Response) return entry;
    if (batch && entry.session.protocolVersion !== BATCH_VERSION) {
      const message = `batches exist in ${BATCH_VERSION} only`;
      return refuse({ status: 400, code: INVALID_REQUEST, message });
    }
    const ids = messages.filter(isRequest).map((message) => message.id);
    if (new Set(ids).size < ids.length || ids.some((id) => entry.session.isOpen(id))) {
      const message = "the id is in use by a request that is not answered yet";
      return refuse({ status: 400, code: INVALID_REQUEST, message, body });
    }
    return await entry.session.post({ messages, batch, accepts, signal });
  }

  async #initialize(
    request: EndpointRequest,
    message: JSONRPCMessage,
    accepts: Accepts,
  ): Promise<Response> {
    const { body, signal, caller } = request;
    if (request.headers.get("mcp-session-id") !== null) {
      const why = "initialize opens a session: it carries no Mcp-Session-Id";
      return refuse({ status: 400, code: INVALID_REQUEST, message: why, body });
    }
    if (!isInitializeRequest(message)) {
      const why = "initialize needs capabilities and clientInfo {name, version}";
      return refuse({ status: 400, code: INVALID_PARAMS, message: why, body });
    }
    const { clock, ids } = this.#options;
    // As the SDK will answer.
    const asked = message.params.protocolVersion;
    const version = HTTP_VERSIONS.includes(asked) ? asked : HTTP_VERSIONS[0]!;
    const entry = await this.#open(ids.issue(caller, version, clock.now()), request);
    if (entry === undefined) return this.#full(body);
    return await entry.session.post({ messages: [message], batch: false, accepts, signal });
  }

  /** A session that has heard nothing yet; undefined when there is no room for it. */
  async #open(sessionId: string, request: EndpointRequest): Promise<Entry | undefined> {
    const { names, agentId, caller } = request;
    const { clock, agents, follow, createServer } = this.#options;
    this.#makeRoom();
    if (this.#entries.size >= this.#limit) return undefined;
    const onListen = () => {
      link.ready();
      subscriptions.ready();
    };
    const session = new HttpSession({ sessionId, clock, onListen });
    const link = agents.link(session);
    const subscriptions = follow(caller, (uri) => session.updated(uri));
    const server = createServer({
      caller,
      names,
      bind: link.bind,
      agent: link.agent,
      reaches: (id) => session.reaches(id),
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
      this.#entries.delete(sessionId);
    };
    await server.connect(session);
    if (agentId !== undefined) link.bind(agentId);
    const entry = { caller, session, server, usedAt: clock.monotonic() };
    this.#entries.set(sessionId, entry);
    return entry;
  }

  /** A session that another process began, or that was not held any longer, as after `initialize`. */
  async #reopen(id: string, version: string, request: EndpointRequest): Promise<Entry | undefined> {
    const entry = await this.#open(id, request);
    if (entry === undefined) return undefined;
    const clientInfo = { name: "unknown", version: "0" };
    const params = { protocolVersion: version, capabilities: {}, clientInfo };
    const answered = await entry.session.post({
      messages: [{ jsonrpc: "2.0", id: "opcode-reopened", method: "initialize", params }],
      batch: false,
      accepts: { json: true, stream: false },
      signal: new AbortController().signal,
    });
    await answered.body?.cancel();
    const messages: JSONRPCMessage[] = [{ jsonrpc: "2.0", method: "notifications/initialized" }];
    const accepts = { json: true, stream: false };
    await entry.session.post({ messages, batch: false, accepts, signal: request.signal });
    return entry;
  }

  #full(body: unknown): Response {
    const why = `${this.#limit} clients are connected, which is all there is room for`;
    return refuse({ status: 429, code: BAD_SESSION_REQUEST, message: why, body });
  }

  async #get(request: EndpointRequest): Promise<Response> {
    if (!readAccept(request.headers.get("accept")).stream) {
      const message = "Accept must name text/event-stream";
      return refuse({ status: 406, code: BAD_SESSION_REQUEST, message });
    }
    const entry = await this.#find(request);
    return entry instanceof Response ? entry : entry.session.listen();
  }

  async #delete(request: EndpointRequest): Promise<Response> {
    const entry = await this.#find(request);
    if (entry instanceof Response) return entry;
    this.#ended.add(entry.session.sessionId);
    if (this.#ended.size > MOST_ENDED) this.#ended.delete(this.#ended.values().next().value!);
    await entry.server.close();
    return new Response(null, { status: 200 });
  }

  /** The session that the headers name, or why there is none. */
  async #find(request: EndpointRequest): Promise<Entry | Response> {
    const { headers, body, caller } = request;
    const id = headers.get("mcp-session-id");
    if (id === null) {
      const message = "the Mcp-Session-Id header is required; initialize gives one";
      return refuse({ status: 400, code: BAD_SESSION_REQUEST, message, body });
    }
    const held = await this.#reopening.get(id) ?? this.#entries.get(id);
    const ours = held === undefined || held.caller.agent === caller.agent;
    const revision = held?.session.protocolVersion ?? this.#revisionOf(id, caller);
    if (revision === undefined || !ours) {
      const message = "no such session: initialize again";
      return refuse({ status: 404, code: SESSION_NOT_FOUND, message, body });
    }
    const version = headers.get("mcp-protocol-version");
    if (version !== null && !HTTP_VERSIONS.includes(version)) {
      const message = `unsupported protocol version ${version}: one of ${HTTP_VERSIONS.join(", ")}`;
      return refuse({ status: 400, code: BAD_SESSION_REQUEST, message, body });
    }
    const entry = held ?? await this.#again(id, revision, request);
    if (entry === undefined) return this.#full(body);
    this.#touch(id, entry);
    return entry;
  }

  /** The revision that a session that is not held was begun in; undefined when it never was, or is over. */
  #revisionOf(id: string, caller: Caller): string | undefined {
    const { ids, clock } = this.#options;
    return this.#ended.has(id) ? undefined : ids.read(id, caller, clock.now());
  }

  /** Requests that come at once share the session that is opened again. */
  #again(id: string, version: string, request: EndpointRequest): Promise<Entry | undefined> {
    const opening = this.#reopening.get(id) ??
      this.#reopen(id, version, request).finally(() => this.#reopening.delete(id));
    this.#reopening.set(id, opening);
    return opening;
  }

  #touch(id: string, entry: Entry): void {
    entry.usedAt = this.#options.clock.monotonic();
    this.#entries.delete(id);
    this.#entries.set(id, entry);
  }

  #makeRoom(): void {
    const now = this.#options.clock.monotonic();
    let looked = 0;
    for (const [id, entry] of this.#entries) {
      const idle = now - entry.usedAt > IDLE_MS || this.#entries.size >= this.#limit;
      // A few a time: new sessions pay for old ones, and all is never searched.
      if (!idle || ++looked > 8) return;
      if (entry.session.busy) this.#touch(id, entry);
      else void entry.server.close();
    }
  }
}
