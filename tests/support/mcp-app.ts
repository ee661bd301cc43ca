// How tests speak to the MCP endpoints without a socket: raw HTTP and JSON-RPC, event by event.

import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import type { Clock } from "../../core/clock.ts";
import type { JsonObject } from "../../core/json.ts";
import { type Logger, silentLogger } from "../../core/log.ts";
import type { Opcode } from "../../engine/api.ts";
import { ADMIN, type Caller, setCaller } from "../../server/callers.ts";
import { heldPlaces } from "../../server/held.ts";
import { type McpHandle, mountMcp } from "../../server/mcp/mount.ts";
import type { Cleanup } from "./daemon.ts";

export const BASE_URL = "http://127.0.0.1:4100";

export interface McpApp {
  mcp: McpHandle;
  /** A path, or the whole URL by which a client has reached the daemon. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export function mcpApp(
  t: Cleanup,
  options: {
    opcode: Opcode;
    clock?: Clock;
    baseUrl?: string;
    log?: Logger;
    /** Of another daemon of the same home: that one's. */
    sessionKey?: Uint8Array;
    /** Who sends the requests. */
    caller?: () => Caller;
    arrived?: (agentId: string) => void;
    conformanceFixtures?: boolean;
  },
): McpApp {
  const app = new Hono({ strict: false });
  app.use((c, next) => {
    setCaller(c, options.caller?.() ?? ADMIN);
    return next();
  });
  const mcp = mountMcp(app, {
    opcodeFor: () => options.opcode,
    version: "1.2.3",
    baseUrl: () => options.baseUrl ?? BASE_URL,
    log: options.log ?? silentLogger,
    sessionKey: options.sessionKey ?? randomBytes(32),
    arrived: options.arrived,
    held: heldPlaces({ streams: 1_000, waits: 1_000 }),
    conformanceFixtures: options.conformanceFixtures ?? false,
    ...(options.clock && { clock: options.clock }),
  });
  t.after(() => mcp.close());
  return {
    mcp,
    fetch: async (path, init) => await app.request(new URL(path, BASE_URL), init),
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The JSON body, or the last message of a stream. */
  body: any;
  /** The messages before it on a stream. */
  before: any[];
}

/** One JSON-RPC message to a path, and all that comes back. */
export async function post(
  app: Pick<McpApp, "fetch">,
  message: unknown,
  options: { path?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Answer> {
  const response = await app.fetch(options.path ?? "/mcp", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...options.headers,
    },
    body: typeof message === "string" ? message : JSON.stringify(message),
    ...(options.signal && { signal: options.signal }),
  });
  const { status, headers } = response;
  if (headers.get("content-type")?.startsWith("text/event-stream")) {
    const messages = [];
    for await (const event of events(response)) messages.push(JSON.parse(event.data));
    return { status, headers, body: messages.pop(), before: messages };
  }
  const text = await response.text();
  return { status, headers, body: text === "" ? undefined : JSON.parse(text), before: [] };
}

export interface SseEvent {
  event: string;
  data: string;
}

/** The events of an SSE answer as they come; comments are left out. */
export async function* events(response: Response): AsyncGenerator<SseEvent> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field("data");
      if (data !== undefined) yield { event: field("event") ?? "message", data };
    }
  }
}

/** The next event's data as JSON. */
export async function nextMessage(stream: AsyncGenerator<SseEvent>): Promise<any> {
  const { value, done } = await stream.next();
  if (done) throw new Error("the stream has ended");
  return JSON.parse(value.data);
}

export const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  },
};

/** Headers and `_meta` of a request of the stateless revision. */
export function stateless(method: string, meta: JsonObject = {}, name?: string) {
  return {
    headers: {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(name !== undefined && { "mcp-name": name }),
    } as Record<string, string>,
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
      ...meta,
    },
  };
}

/** Asks one request in a revision of either era; returns the JSON-RPC answer. */
export type Ask = (method: string, params?: JsonObject) => Promise<any>;

/** Both eras as ways to ask, by their newest revision. */
export async function bothEras(app: McpApp): Promise<Record<string, Ask>> {
  const session = await openSession(app);
  let id = 0;
  return {
    "2025-11-25": async (method, params = {}) =>
      (await session.send({ jsonrpc: "2.0", id: ++id, method, params })).body,
    "2026-07-28": async (method, params = {}) => {
      const named = (params.name ?? params.uri) as string | undefined;
      const { headers, _meta } = stateless(method, {}, named);
      const message = { jsonrpc: "2.0", id: ++id, method, params: { ...params, _meta } };
      return (await post(app, message, { headers })).body;
    },
  };
}

/** A session of a 2025 revision. */
export interface TestSession {
  headers: Record<string, string>;
  /** The result of `initialize`. */
  server: any;
  send(message: unknown, options?: { signal?: AbortSignal }): Promise<Answer>;
  /** Calls a tool and returns its result. */
  call(name: string, args: JsonObject, meta?: JsonObject): Promise<any>;
  /** Opens the GET stream. */
  listen(): Promise<Response>;
}

export async function openSession(
  app: Pick<McpApp, "fetch">,
  options: { protocolVersion?: string; path?: string } = {},
): Promise<TestSession> {
  const path = options.path ?? "/mcp";
  const protocolVersion = options.protocolVersion ?? "2025-11-25";
  const initialize = { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion } };
  const opened = await post(app, initialize, { path });
  const headers = {
    "mcp-session-id": opened.headers.get("mcp-session-id")!,
    "mcp-protocol-version": opened.body.result.protocolVersion,
  };
  const send = (message: unknown, more = {}) => post(app, message, { path, headers, ...more });
  await send({ jsonrpc: "2.0", method: "notifications/initialized" });
  let id = 100;
  return {
    headers,
    server: opened.body.result,
    send,
    async call(name, args, meta) {
      const params = { name, arguments: args, ...(meta && { _meta: meta }) };
      const { body } = await send({ jsonrpc: "2.0", id: ++id, method: "tools/call", params });
      if (body.error) throw Object.assign(new Error(body.error.message), { code: body.error.code });
      return body.result;
    },
    listen: () => app.fetch(path, { headers: { ...headers, accept: "text/event-stream" } }),
  };
}
