// Which Streamable HTTP sessions exist, and what their endpoint answers (2025 revisions).

import {
  isInitializeRequest,
  type JSONRPCMessage,
  type Server,
} from "@modelcontextprotocol/server";
import type { Clock } from "../../core/clock.ts";
import type { Caller } from "../callers.ts";
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
import type { Names } from "./tools/toolset.ts";

/** Clients seldom say goodbye; a forgotten session is dropped after a day without a call. */
const IDLE_MS = 24 * 60 * 60 * 1000;
/** About 9 KB each. */
const MAX_SESSIONS = 10_000;
/** The only revision with JSON-RPC batches. */
const BATCH_VERSION = "2025-03-26";

export interface SessionsOptions {
  clock: Clock;
  agents: AgentRegistry;
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

export class Sessions {
  readonly #options: SessionsOptions;
  /** The longest unused first. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: SessionsOptions) {
    this.#options = options;
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
    const entry = this.#find(request);
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
    const { body, names, agentId, signal, caller } = request;
    if (request.headers.get("mcp-session-id") !== null) {
      const why = "initialize opens a session: it carries no Mcp-Session-Id";
      return refuse({ status: 400, code: INVALID_REQUEST, message: why, body });
    }
    if (!isInitializeRequest(message)) {
      const why = "initialize needs capabilities and clientInfo {name, version}";
      return refuse({ status: 400, code: INVALID_PARAMS, message: why, body });
    }
    const { clock, agents, createServer } = this.#options;
    this.#makeRoom();
    if (this.#entries.size >= this.#limit) {
      const why = `${this.#limit} clients are connected, which is all there is room for`;
      return refuse({ status: 429, code: BAD_SESSION_REQUEST, message: why, body });
    }
    const session = new HttpSession({ sessionId: crypto.randomUUID(), clock });
    const link = agents.link(session);
    const server = createServer({
      caller,
      names,
      bind: link.bind,
      reaches: (id) => session.reaches(id),
      logsInfo: () => session.logsInfo,
      setLogsInfo: (logs) => {
        session.logsInfo = logs;
      },
    });
    server.onclose = () => {
      link.release();
      this.#entries.delete(session.sessionId);
    };
    await server.connect(session);
    if (agentId !== undefined) link.bind(agentId);
    this.#entries.set(session.sessionId, { caller, session, server, usedAt: clock.monotonic() });
    return await session.post({ messages: [message], batch: false, accepts, signal });
  }

  #get(request: EndpointRequest): Response {
    const accept = request.headers.get("accept") ?? "";
    if (!accept.includes("text/event-stream")) {
      const message = "Accept must name text/event-stream";
      return refuse({ status: 406, code: BAD_SESSION_REQUEST, message });
    }
    const entry = this.#find(request);
    return entry instanceof Response ? entry : entry.session.listen();
  }

  async #delete(request: EndpointRequest): Promise<Response> {
    const entry = this.#find(request);
    if (entry instanceof Response) return entry;
    await entry.server.close();
    return new Response(null, { status: 200 });
  }

  /** The session that the headers name, or why there is none. */
  #find({ headers, body, caller }: EndpointRequest): Entry | Response {
    const id = headers.get("mcp-session-id");
    if (id === null) {
      const message = "the Mcp-Session-Id header is required; initialize gives one";
      return refuse({ status: 400, code: BAD_SESSION_REQUEST, message, body });
    }
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.caller.agent !== caller.agent) {
      const message = "no such session: initialize again";
      return refuse({ status: 404, code: SESSION_NOT_FOUND, message, body });
    }
    const version = headers.get("mcp-protocol-version");
    if (version !== null && !HTTP_VERSIONS.includes(version)) {
      const message = `unsupported protocol version ${version}: one of ${HTTP_VERSIONS.join(", ")}`;
      return refuse({ status: 400, code: BAD_SESSION_REQUEST, message, body });
    }
    this.#touch(id, entry);
    return entry;
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

/** Clients should name both types; those that name none, or any, are taken to read both. */
function readAccept(header: string | null): Accepts {
  const any = header === null || header.includes("*/*");
  return {
    json: any || header.includes("application/json"),
    stream: any || header.includes("text/event-stream"),
  };
}
